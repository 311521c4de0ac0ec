import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWatchdog } from '../watchdog.ts';

const second = 1_000;

describe('watchdog (K2)', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const canHear = async () => true;

  it('calls once, after a minute without a sign of life', async () => {
    const onSilence = vi.fn();
    startWatchdog(canHear, onSilence);
    await vi.advanceTimersByTimeAsync(55 * second);
    expect(onSilence).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(300 * second);
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it('each sign buys another minute', async () => {
    const onSilence = vi.fn();
    const { sign } = startWatchdog(canHear, onSilence);
    for (let minute = 0; minute < 10; minute++) {
      await vi.advanceTimersByTimeAsync(54 * second);
      sign();
    }
    expect(onSilence).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60 * second);
    expect(onSilence).toHaveBeenCalled();
  });

  it('A2: waits without end while Kafka is away, and calls within two minutes of its return when there is no sign then', async () => {
    const onSilence = vi.fn();
    const couldHear = vi.fn(async () => false);
    startWatchdog(couldHear, onSilence);
    await vi.advanceTimersByTimeAsync(3_600 * second);
    expect(couldHear).toHaveBeenCalledTimes(60);
    expect(onSilence).not.toHaveBeenCalled();
    couldHear.mockResolvedValue(true);
    await vi.advanceTimersByTimeAsync(120 * second);
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it('A2: a sign that comes while it asks for Kafka counts, and so does being stopped', async () => {
    const onSilence = vi.fn();
    const answers: ((could: boolean) => void)[] = [];
    const { sign, stop } = startWatchdog(() => new Promise((resolve) => void answers.push(resolve)), onSilence);
    await vi.advanceTimersByTimeAsync(90 * second);
    expect(answers).toHaveLength(1);
    sign();
    answers[0]?.(true);
    await vi.advanceTimersByTimeAsync(61 * second);
    expect(answers).toHaveLength(2);
    stop();
    answers[1]?.(true);
    await vi.advanceTimersByTimeAsync(61 * second);
    expect(onSilence).not.toHaveBeenCalled();
  });

  it('does not count the time for which the process was stopped', async () => {
    const onSilence = vi.fn();
    startWatchdog(canHear, onSilence);
    // A stopped process has no ticks; one comes late, when it goes on.
    vi.setSystemTime(Date.now() + 3_600 * second);
    await vi.advanceTimersByTimeAsync(5 * second);
    expect(onSilence).not.toHaveBeenCalled();
  });

  it('is silent once stopped', async () => {
    const onSilence = vi.fn();
    startWatchdog(canHear, onSilence).stop();
    await vi.advanceTimersByTimeAsync(300 * second);
    expect(onSilence).not.toHaveBeenCalled();
  });
});
