import type { Mutation } from './mutation.ts';
import { type RunResult, simulateRun } from './run.ts';

/** A run that broke a promise. */
export type Failure = { readonly seed: number; readonly error: unknown };

export type Summary = RunResult & { readonly runs: number; readonly failures: readonly Failure[] };

/** Lives with each of these seeds. @param progress told after each */
export const simulate = async (
  from: number,
  count: number,
  progress: (done: number) => void = () => {},
): Promise<Summary> => {
  let [steps, lasted] = [0, 0];
  const counts: Record<string, number> = {};
  const failures: Failure[] = [];
  for (let seed = from; seed < from + count; seed++) {
    try {
      const run = await simulateRun(seed);
      steps += run.steps;
      lasted += run.lasted;
      for (const [what, times] of Object.entries(run.counts)) counts[what] = (counts[what] ?? 0) + times;
    } catch (error) {
      failures.push({ seed, error });
    }
    progress(seed - from + 1);
  }
  return { runs: count, steps, lasted, counts, failures };
};

/** Looks for the first seed that finds a mutant. null: none of so many does. */
export const findMutant = async (mutation: Mutation, atMost: number): Promise<Failure | null> => {
  for (let seed = 1; seed <= atMost; seed++) {
    try {
      await simulateRun(seed, mutation);
    } catch (error) {
      return { seed, error };
    }
  }
  return null;
};
