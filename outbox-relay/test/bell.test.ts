import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBell } from '../bell.ts';

const hour = 3_600_000;

describe('bell (R10)', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps a ring that comes before the wait', async () => {
    const bell = createBell();
    bell.ring();
    expect(await bell.wait(hour)).toBe(true);
  });

  it('keeps a ring that comes between two waits, for the next one only', async () => {
    const bell = createBell();
    bell.ring();
    await bell.wait(hour);
    bell.ring();
    bell.ring();
    expect(await bell.wait(hour)).toBe(true);
    const second = bell.wait(hour);
    vi.advanceTimersByTime(hour);
    expect(await second).toBe(false);
  });

  it('wakes the one who waits, and leaves no timer behind', async () => {
    const bell = createBell();
    const waiting = bell.wait(hour);
    bell.ring();
    expect(await waiting).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take a ring that woke someone for another one', async () => {
    const bell = createBell();
    const first = bell.wait(hour);
    bell.ring();
    await first;
    const second = bell.wait(hour);
    vi.advanceTimersByTime(hour);
    expect(await second).toBe(false);
  });

  it('keeps a ring that comes in the moment when the time is over', async () => {
    const bell = createBell();
    const first = bell.wait(hour);
    vi.advanceTimersByTime(hour);
    bell.ring();
    expect(await first).toBe(true);

    const second = bell.wait(hour);
    vi.advanceTimersByTime(hour);
    expect(await second).toBe(false);
    bell.ring();
    expect(await bell.wait(hour)).toBe(true);
  });
});
