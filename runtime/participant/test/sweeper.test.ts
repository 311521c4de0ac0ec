import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { startSweeper } from '../sweeper.ts';

const every = 1_000;

describe('a sweeper', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const start = (work: () => Promise<number>) => startSweeper({ what: 'swept', every, work, log: silentLog() });

  it('looks again and again, and not before the first interval has passed', async () => {
    const work = vi.fn(async () => 0);
    const sweeper = start(work);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(3 * every);
    expect(work).toHaveBeenCalledTimes(3);
    await sweeper.stop();
  });

  it('goes on at once while it finds anything', async () => {
    let left = 25;
    const work = vi.fn(async () => {
      const found = Math.min(left, 10);
      left -= found;
      return found;
    });
    const sweeper = start(work);
    await vi.advanceTimersByTimeAsync(every);
    expect(left).toBe(0);
    expect(work).toHaveBeenCalledTimes(4);
    await sweeper.stop();
  });

  it('leaves what comes up again and again to the next time', async () => {
    const work = vi.fn(async () => 1);
    const sweeper = start(work);
    await vi.advanceTimersByTimeAsync(every);
    expect(work).toHaveBeenCalledTimes(20);
    await vi.advanceTimersByTimeAsync(every);
    expect(work).toHaveBeenCalledTimes(40);
    await sweeper.stop();
  });

  it('lives through a failure, and makes it good the next time', async () => {
    const work = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue(0);
    const sweeper = start(work);
    await vi.advanceTimersByTimeAsync(2 * every);
    expect(work).toHaveBeenCalledTimes(2);
    await sweeper.stop();
  });

  it('does one round at a time, however long it takes, and stops after it', async () => {
    const round = Promise.withResolvers<number>();
    const work = vi.fn(() => round.promise);
    const sweeper = start(work);
    await vi.advanceTimersByTimeAsync(5 * every);
    expect(work).toHaveBeenCalledTimes(1);

    const stopped = vi.fn();
    const stopping = sweeper.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(5 * every);
    expect(stopped).not.toHaveBeenCalled();
    round.resolve(1);
    await stopping;
    await vi.advanceTimersByTimeAsync(5 * every);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
