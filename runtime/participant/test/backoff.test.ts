import { expect, it } from 'vitest';
import { waitAfter } from '../backoff.ts';

it('waits twice as long after each failure, up to 10 s, with jitter between half and whole', () => {
  expect([1, 2, 3, 7, 8, 50, 5_000].map((attempt) => waitAfter(attempt, 0))).toEqual([
    50, 100, 200, 3_200, 5_000, 5_000, 5_000,
  ]);
  expect([1, 2, 8, 5_000].map((attempt) => waitAfter(attempt, 1))).toEqual([100, 200, 10_000, 10_000]);
});
