import { UnsafeTopics } from '@quadrille/kafka/topic-check';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../test/support/log.ts';
import { waitForTopics } from '../wait-for-topics.ts';

describe('A3: before a relay publishes, it looks at its topics', () => {
  it('again and again while Kafka is away, and says so', async () => {
    const log = silentLog();
    const warn = vi.spyOn(log, 'warn');
    const check = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce();
    await waitForTopics(check, log, new AbortController().signal, 1);
    expect(check).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('once, when they can lose events: that does not mend itself', async () => {
    const check = vi.fn<() => Promise<void>>().mockRejectedValue(new UnsafeTopics('compacted'));
    await expect(waitForTopics(check, silentLog(), new AbortController().signal)).rejects.toThrow(UnsafeTopics);
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('until it is stopped, although Kafka never answers', async () => {
    const stopping = new AbortController();
    const inspected = waitForTopics(() => new Promise(() => {}), silentLog(), stopping.signal);
    stopping.abort();
    await inspected;
  });
});
