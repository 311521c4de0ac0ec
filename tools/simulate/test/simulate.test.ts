import { describe, expect, it } from 'vitest';
import { troubleNames } from '../faults.ts';
import { mutants } from '../mutants.ts';
import { simulateRun } from '../run.ts';
import { findMutant, simulate } from '../seeds.ts';

/** On a busy machine (ms). */
const patience = 900_000;

const storyOf = async (seed: number): Promise<string[]> => {
  const story: string[] = [];
  await simulateRun(seed, {}, (now, process, line) => void story.push(`${now} ${process} ${line()}`));
  return story;
};

describe('the simulation', () => {
  it('keeps every promise in 2,000 runs', { timeout: patience }, async () => {
    const { failures, counts } = await simulate(1, 2_000);
    expect(failures).toEqual([]);
    // What never happens is not tested.
    for (const what of [
      ...Object.values(troubleNames),
      'orders paid',
      'orders cancelled: deadline-passed',
      'events: duplicate',
      'parked: then edited',
      'parked: then released',
    ])
      expect(counts[what], what).toBeGreaterThan(100);
  });

  it('is the same from the same seed, step by step', async () => {
    const story = await storyOf(7);
    expect(story.length).toBeGreaterThan(20);
    expect(await storyOf(7)).toEqual(story);
    expect(await storyOf(8)).not.toEqual(story);
  });

  it.each(Object.entries(mutants))(
    'finds out when this is taken away: %s',
    { timeout: patience },
    async (_name, mutant) => {
      // One more service draws other runs: of the rarest fault, one in some thousands tells.
      expect(await findMutant(mutant, 10_000)).not.toBeNull();
    },
  );
});
