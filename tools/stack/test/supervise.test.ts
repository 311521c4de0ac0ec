import { describe, expect, it } from 'vitest';
import { nextWait } from '../supervise.ts';

describe('the wait before a process is started again', () => {
  it('grows to a limit while it keeps ending, and starts over after a calm minute', () => {
    expect(nextWait(500, 100)).toBe(500);
    expect(nextWait(4000, 100)).toBe(4000);
    expect(nextWait(20_000, 100)).toBe(10_000);
    expect(nextWait(8000, 60_000)).toBe(500);
  });
});
