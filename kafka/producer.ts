import type { Kafka, Producer } from 'kafkajs';
import { type Connecting, partitioner, retry } from './client.ts';
import { createSockets, type Sockets } from './sockets.ts';

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

type Session = { readonly producer: Promise<Producer>; readonly sockets: Sockets };

/**
 * An idempotent producer, thrown away after any failed or overdue send: a timed-out send may still arrive later (R6), and kafkajs' sequence
 * numbers are wrong after an error, which makes a broker drop what comes next as a duplicate (R7, K6). Its retries are unlimited
 * for the same reason, so `deadline` (ms) is what bounds a send. kafkajs goes on retrying after a disconnect, so a producer thrown away
 * loses its connections and cannot open others: it can publish nothing behind its successor's back.
 * @param clientOf makes a client; each producer gets its own
 */
export const createPublisher = (clientOf: (connecting: Connecting) => Kafka, deadline = 10_000): Publisher => {
  let current: Session | null = null;

  const open = (): Session => {
    const sockets = createSockets();
    // Few tries to connect: where none succeeds, the producer gives up, and is replaced.
    const kafka = clientOf({ socketFactory: sockets.open, retry: { ...retry, retries: 2 } });
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: partitioner,
      allowAutoTopicCreation: false,
      retry,
    });
    return { sockets, producer: producer.connect().then(() => producer) };
  };

  /** Runs within the deadline on the current producer; whatever goes wrong is its end. */
  const onProducer = async <Result>(work: (producer: Producer) => Promise<Result>): Promise<Result> => {
    current ??= open();
    const session = current;
    try {
      return await within(deadline, session.producer.then(work));
    } catch (error) {
      if (current === session) current = null;
      session.sockets.closeForGood();
      throw error;
    }
  };

  return {
    connect: () => onProducer(async () => {}),
    publish: (records) =>
      onProducer(async (producer) => {
        await producer.sendBatch({ acks: -1, topicMessages: byTopic(records) });
      }),
    close: async () => {
      const session = current;
      current = null;
      await session?.producer.then((producer) => producer.disconnect()).catch(() => {});
      session?.sockets.closeForGood();
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
