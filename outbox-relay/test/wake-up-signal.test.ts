import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWakeUpSignal } from '../wake-up.ts';

const hour = 3_600_000;

describe('wake-up signal (R10)', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps a signal that comes before the wait', async () => {
    const wakeUp = createWakeUpSignal();
    wakeUp.notify();
    expect(await wakeUp.wait(hour)).toBe(true);
  });

  it('keeps a signal that comes between two waits, for the next one only', async () => {
    const wakeUp = createWakeUpSignal();
    wakeUp.notify();
    await wakeUp.wait(hour);
    wakeUp.notify();
    wakeUp.notify();
    expect(await wakeUp.wait(hour)).toBe(true);
    const second = wakeUp.wait(hour);
    vi.advanceTimersByTime(hour);
    expect(await second).toBe(false);
  });

  it('wakes the one who waits, and leaves no timer behind', async () => {
    const wakeUp = createWakeUpSignal();
    const waiting = wakeUp.wait(hour);
    wakeUp.notify();
    expect(await waiting).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take a signal that woke someone for another one', async () => {
    const wakeUp = createWakeUpSignal();
    const first = wakeUp.wait(hour);
    wakeUp.notify();
    await first;
    const second = wakeUp.wait(hour);
    vi.advanceTimersByTime(hour);
    expect(await second).toBe(false);
  });

  it('keeps a signal that comes in the moment when the time is over', async () => {
    const wakeUp = createWakeUpSignal();
    const first = wakeUp.wait(hour);
    vi.advanceTimersByTime(hour);
    wakeUp.notify();
    expect(await first).toBe(true);

    const second = wakeUp.wait(hour);
    vi.advanceTimersByTime(hour);
    expect(await second).toBe(false);
    wakeUp.notify();
    expect(await wakeUp.wait(hour)).toBe(true);
  });
});
