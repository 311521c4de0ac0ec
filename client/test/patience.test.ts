import { describe, expect, it } from 'vitest';
import { QuadrilleError } from '../error.ts';
import { pauseAfter } from '../patience.ts';

describe('the pause before the next attempt', () => {
  it('grows with the failures, up to ten seconds', () => {
    for (let run = 0; run < 100; run++) {
      for (const [failures, longest] of [
        [1, 200],
        [2, 400],
        [4, 1_600],
        [7, 10_000],
        [2_000, 10_000],
      ] as const) {
        const ms = pauseAfter(failures, new Error('cut off'));
        expect(ms).toBeGreaterThanOrEqual(longest / 2);
        expect(ms).toBeLessThanOrEqual(longest);
      }
    }
  });

  it('is as long as the API asks for, and not the same for all clients', () => {
    const busy = new QuadrilleError('unavailable', 'busy', { retryAfter: 7 });
    const pauses = Array.from({ length: 100 }, () => pauseAfter(1, busy));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(7_000);
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });
});
