import { parseArgs } from 'node:util';
import { mutants } from './mutants.ts';
import { simulateRun } from './run.ts';
import { type Failure, findMutant, type Summary, simulate } from './seeds.ts';
import { Violation } from './violation.ts';

const help = `npm run simulate -- [options]   simulates orders while everything goes wrong that can, on a virtual clock

  --seeds N    so many runs (2000)
  --from S     the first seed (1)
  --seed S     one run, step by step
  --mutants    removes one safeguard after the other, and shows which seed finds it
`;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'seeds' | 'from' | 'seed'): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} takes a whole number from 1 up, not ${values[name]}`);
    return value;
  };
  const { mutants, help } = values;
  return {
    seeds: whole('seeds'),
    from: whole('from'),
    seed: values.seed === undefined ? null : whole('seed'),
    mutants,
    help,
  };
};

const messageOf = (error: unknown): string =>
  error instanceof Violation ? error.message : error instanceof Error ? String(error.stack) : String(error);

const tellStory = async (seed: number): Promise<boolean> => {
  try {
    const { steps, lasted } = await simulateRun(seed, {}, (now, process, line) =>
      console.log(`${String(now).padStart(7)} ms  ${process.padEnd(18)} ${line()}`),
    );
    console.log(`Seed ${seed}: every promise was kept, in ${steps} steps and ${lasted / 1000} s of virtual time.`);
    return true;
  } catch (error) {
    console.log(`Seed ${seed}: ${messageOf(error)}`);
    return false;
  }
};

const hunt = async (seeds: number): Promise<boolean> => {
  const width = Math.max(...Object.keys(mutants).map((name) => name.length));
  let survivors = 0;
  for (const [name, mutation] of Object.entries(mutants)) {
    const found = await findMutant(mutation, seeds);
    if (!found) survivors++;
    console.log(
      `${name.padEnd(width)}  ${found ? `seed ${String(found.seed).padStart(4)}: ${messageOf(found.error)}` : 'SURVIVES'}`,
    );
  }
  console.log(survivors === 0 ? 'Every mutant is found.' : `${survivors} survive ${seeds} seeds.`);
  return survivors === 0;
};

const print = ({ runs, steps, lasted, counts, failures }: Summary, took: number): void => {
  console.log(
    `${runs} runs, ${steps} steps, ${Math.round(lasted / 3_600_000)} hours of virtual time in ${(took / 1000).toFixed(1)} s`,
  );
  for (const what of Object.keys(counts).sort()) console.log(`  ${String(counts[what]).padStart(8)}  ${what}`);
  for (const { seed, error } of failures) console.log(`Seed ${seed}: ${messageOf(error)}`);
  const again = (failure: Failure) => `npm run simulate -- --seed ${failure.seed}`;
  const [first] = failures;
  console.log(
    first ? `${failures.length} runs broke a promise. Step by step: ${again(first)}` : 'Every promise was kept.',
  );
};

const run = async (): Promise<boolean> => {
  const options = readOptions();
  if (options.help) {
    console.log(help);
    return true;
  }
  if (options.seed !== null) return tellStory(options.seed);
  if (options.mutants) return hunt(options.seeds);
  const start = performance.now();
  const summary = await simulate(options.from, options.seeds, (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${options.seeds}`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r');
  const took = performance.now() - start;
  print(summary, took);
  return summary.failures.length === 0;
};

process.exitCode = (await run()) ? 0 : 1;
