import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWatchdog } from '../watchdog.ts';

const second = 1_000;

describe('watchdog (K2)', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('calls once, after a minute without a sign of life', () => {
    const onSilence = vi.fn();
    startWatchdog(onSilence);
    vi.advanceTimersByTime(55 * second);
    expect(onSilence).not.toHaveBeenCalled();
    vi.advanceTimersByTime(300 * second);
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it('each sign buys another minute', () => {
    const onSilence = vi.fn();
    const { sign } = startWatchdog(onSilence);
    for (let minute = 0; minute < 10; minute++) {
      vi.advanceTimersByTime(54 * second);
      sign();
    }
    expect(onSilence).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60 * second);
    expect(onSilence).toHaveBeenCalled();
  });

  it('does not count the time for which the process was stopped', () => {
    const onSilence = vi.fn();
    startWatchdog(onSilence);
    // A stopped process has no ticks; one comes late, when it goes on.
    vi.setSystemTime(Date.now() + 3_600 * second);
    vi.advanceTimersByTime(5 * second);
    expect(onSilence).not.toHaveBeenCalled();
  });

  it('is silent once stopped', () => {
    const onSilence = vi.fn();
    startWatchdog(onSilence).stop();
    vi.advanceTimersByTime(300 * second);
    expect(onSilence).not.toHaveBeenCalled();
  });
});
