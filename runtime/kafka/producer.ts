import { within } from '@quadrille/process/within';
import type { Kafka, Producer } from 'kafkajs';
import { type Acknowledgements, trackAcknowledgements } from './acknowledged.ts';
import { type Connecting, retry } from './client.ts';
import { createSockets, type Sockets } from './sockets.ts';

export type OutgoingRecord = {
  readonly topic: string;
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly value: Buffer;
};

/**
 * Kafka will never take at least one of these records, however often it is asked: too large, or against the rules of its topic. Which one
 * it does not say; publishing them in smaller groups tells.
 */
export class RecordsRefused extends Error {
  override readonly name = 'RecordsRefused';
}

/** What brokers say of a record itself, and what has to change before they take it. Time alone does not help, nor does another broker. */
const refusals = new Map([
  ['MESSAGE_TOO_LARGE', "raise the topic's max.message.bytes"],
  ['RECORD_LIST_TOO_LARGE', "raise the topic's segment.bytes"],
  ['INVALID_RECORD', "it breaks a rule of its topic, which the broker's log names"],
  ['INVALID_TOPIC_EXCEPTION', 'no topic can have this name'],
  // Not of Apache Kafka's own brokers; others say it of single records.
  ['POLICY_VIOLATION', 'change the policy of the cluster'],
]);

/**
 * What brokers say of any record at this place and this time: the same record is taken as soon as that is put right. Whatever is in neither
 * table is treated alike, for it says nothing about a record: a broker that is away, leaders that move, too few replicas, a full disk, a
 * sequence number out of order.
 */
const hindrances = new Map([
  [
    'INVALID_TIMESTAMP',
    'the clock of this machine or of the broker is wrong: set it right; each try has a new time (C2)',
  ],
  [
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
    'the topic has a message format without headers: unset its message.format.version',
  ],
  ['UNSUPPORTED_COMPRESSION_TYPE', "unset the topic's compression.type"],
  ['TOPIC_AUTHORIZATION_FAILED', 'give this user WRITE on the topic'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'give this user IDEMPOTENT_WRITE on the cluster'],
]);

const refusalOf = (error: unknown): Error | null => {
  const { type = '', message } = error as { type?: string; message?: string };
  const [refusal, hindrance] = [refusals.get(type), hindrances.get(type)];
  if (refusal) return new RecordsRefused(`Kafka refuses it: ${message} (${type}): ${refusal}`, { cause: error });
  return hindrance ? new Error(`Kafka takes nothing now: ${message} (${type}): ${hindrance}`, { cause: error }) : null;
};

export type Publisher = {
  /** Connects ahead of the first publish, which otherwise does it. */
  readonly connect: () => Promise<void>;
  /** Which of these topics do not exist. What is published to one would wait for it until the deadline. */
  readonly missingTopics: (topics: Iterable<string>) => Promise<Set<string>>;
  /**
   * Publishes records, in their order per key, and resolves when all brokers in sync have them (acks=all).
   * @throws RecordsRefused when one of them can never be published; some may have been.
   * @throws another error when it is uncertain; some may have been published, so publish all of them again (consumers drop duplicates).
   */
  readonly publish: (records: readonly OutgoingRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

type Session = {
  readonly kafka: Kafka;
  readonly producer: Promise<Producer>;
  readonly sockets: Sockets;
  readonly acknowledgements: Acknowledgements;
  /** Topics that exist, as far as this producer has asked. */
  known: ReadonlySet<string>;
};

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
    const acknowledgements = trackAcknowledgements();
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: acknowledgements.createPartitioner,
      allowAutoTopicCreation: false,
      retry,
    });
    return { kafka, sockets, acknowledgements, producer: producer.connect().then(() => producer), known: new Set() };
  };

  /** Runs within the deadline on the current producer; whatever goes wrong is its end. */
  const onProducer = async <Result>(
    work: (producer: Producer, session: Session) => Promise<Result>,
  ): Promise<Result> => {
    current ??= open();
    const session = current;
    try {
      return await within(
        deadline,
        session.producer.then((producer) => work(producer, session)),
        'Kafka',
      );
    } catch (error) {
      if (current === session) current = null;
      session.sockets.closeForGood();
      throw refusalOf(error) ?? error;
    }
  };

  return {
    connect: () => onProducer(async () => {}),
    missingTopics: async (topics) => {
      const unknown = [...topics].filter((topic) => !current?.known.has(topic));
      if (unknown.length === 0) return new Set();
      return onProducer(async (_, session) => {
        session.known = await listTopics(session.kafka);
        return new Set(unknown.filter((topic) => !session.known.has(topic)));
      });
    },
    publish: (records) =>
      onProducer(async (producer, { acknowledgements }) => {
        const topicMessages = byTopic(records);
        acknowledgements.check(topicMessages, await producer.sendBatch({ acks: -1, topicMessages }));
      }),
    close: async () => {
      const session = current;
      current = null;
      await session?.producer.then((producer) => producer.disconnect()).catch(() => {});
      session?.sockets.closeForGood();
    },
  };
};

const listTopics = async (kafka: Kafka): Promise<ReadonlySet<string>> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return new Set(await admin.listTopics());
  } finally {
    await admin.disconnect();
  }
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
