import type { Kafka, Producer } from 'kafkajs';
import { partitioner, retry } from './client.ts';

export type OutgoingRecord = {
  readonly topic: string;
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly value: Buffer;
};

export type Publisher = {
  /** Connects ahead of the first publish, which otherwise does it. */
  readonly connect: () => Promise<void>;
  /**
   * Publishes records, in their order per key, and resolves when all brokers in sync have them (acks=all).
   * @throws when that is uncertain; some may have been published, so publish all of them again (consumers drop duplicates).
   */
  readonly publish: (records: readonly OutgoingRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * An idempotent producer, thrown away after any failed or overdue send: a timed-out send may still arrive later (R6), and kafkajs' sequence
 * numbers are wrong after an error, which makes a broker drop what comes next as a duplicate (R7, K6). Its retries are unlimited
 * for the same reason, so `deadline` (ms) is what bounds a send.
 */
export const createPublisher = (kafka: Kafka, deadline = 10_000): Publisher => {
  let current: Promise<Producer> | null = null;

  const connected = (): Promise<Producer> => {
    current ??= (async () => {
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: partitioner,
        allowAutoTopicCreation: false,
        retry,
      });
      await within(deadline, producer.connect());
      return producer;
    })();
    return current;
  };

  const discard = async () => {
    const old = current;
    current = null;
    // Nobody waits for it: a producer with a hanging request may take for ever to leave.
    old?.then((producer) => producer.disconnect()).catch(() => {});
  };

  return {
    connect: async () => {
      await connected().catch(async (error: unknown) => {
        await discard();
        throw error;
      });
    },
    publish: async (records) => {
      try {
        const producer = await connected();
        await within(deadline, producer.sendBatch({ acks: -1, topicMessages: byTopic(records) }));
      } catch (error) {
        await discard();
        throw error;
      }
    },
    close: async () => {
      const old = current;
      current = null;
      await old?.then((producer) => producer.disconnect());
    },
  };
};

const byTopic = (records: readonly OutgoingRecord[]) => {
  const topics = new Map<string, { key: string; headers: Record<string, string>; value: Buffer }[]>();
  for (const { topic, key, headers, value } of records) {
    const messages = topics.get(topic) ?? [];
    messages.push({ key, headers, value });
    topics.set(topic, messages);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
};

const within = async <Result>(ms: number, work: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Kafka did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
};
