import { setTimeout as delay } from 'node:timers/promises';
import { UnsafeTopics } from '@quadrille/kafka/topic-check';
import type { Log } from '@quadrille/process/log';

/**
 * Resolves when the topics have been looked at, or when aborted. A broker that is away is waited for: nothing could be published to it.
 * @param check throws `UnsafeTopics` when nothing must be published to them
 * @param retryIn ms
 * @throws UnsafeTopics
 */
export const waitForTopics = async (
  check: () => Promise<void>,
  log: Log,
  signal: AbortSignal,
  retryIn = 5_000,
): Promise<void> => {
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  while (!signal.aborted) {
    try {
      return await Promise.race([check(), aborted]);
    } catch (error) {
      if (error instanceof UnsafeTopics) throw error;
      log.warn(
        { err: error, retryIn },
        'Kafka does not say how its topics are set; nothing is published before it does',
      );
      await delay(retryIn, undefined, { signal }).catch(() => {});
    }
  }
};
