import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@quadrille/process/log';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { retry } from './client.ts';

/** A record as fetched, with the place it came from. */
export type IncomingRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  readonly value: Buffer | null;
};

export type ConsumerOptions = {
  readonly groupId: string;
  readonly topics: readonly string[];
  /**
   * Takes the records of one partition, in order; resolves when their effects are durable. It is called for all fetched partitions
   * at once, so that they can share a transaction. It must not reject for anything that waiting can heal.
   */
  readonly handle: (records: readonly IncomingRecord[]) => Promise<void>;
  /** kafkajs gave up for good (K2): the process must end, so that its supervisor starts it anew. */
  readonly onCrash: (error: Error) => void;
  readonly log: Log;
};

export type RunningConsumer = {
  /** True between joining the group and leaving or losing it. */
  readonly isJoined: () => boolean;
  /** Finishes what was fetched, commits its offsets, leaves the group. */
  readonly stop: () => Promise<void>;
};

const sessionTimeout = 6_000;
const heartbeatInterval = 1_500;
/** Offsets are committed at most this much late (ms): after a crash that much is delivered again, and dropped by the inbox. */
const commitEvery = 200;

/** Joins the group and consumes until stopped. Offsets move only after `handle` has resolved. */
export const startConsumer = async (kafka: Kafka, options: ConsumerOptions): Promise<RunningConsumer> => {
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout,
    rebalanceTimeout: 20_000,
    heartbeatInterval,
    maxWaitTimeInMs: 250,
    minBytes: 1,
    // About 1,000 events in one fetch: more would only wait in memory.
    maxBytes: 1_048_576,
    maxBytesPerPartition: 524_288,
    allowAutoTopicCreation: false,
    retry: { ...retry, restartOnFailure: async () => true },
  });
  let joined = false;
  let stopping = false;
  const underWay = new Set<Promise<void>>();
  const offsets = committer(consumer, options.log);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    joined = true;
    // Another member may own these partitions by now; what is not committed is delivered again and dropped by the inbox.
    offsets.forget();
  });
  consumer.on(consumer.events.REBALANCING, () => {
    joined = false;
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    joined = false;
    if (!payload.restart) options.onCrash(payload.error);
  });

  await consumer.connect();
  // Always from the beginning: "latest" would skip what was published before a group's first commit (R18).
  await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 64,
    eachBatch: async (payload) => {
      const { batch } = payload;
      if (stopping || payload.isStale()) return;
      const records = batch.messages.map((message) => ({
        topic: batch.topic,
        partition: batch.partition,
        offset: message.offset,
        key: message.key,
        headers: message.headers ?? {},
        value: message.value,
      }));
      const work = options.handle(records);
      underWay.add(work);
      try {
        await keepingAlive(payload, options.log, work);
      } finally {
        underWay.delete(work);
      }
      payload.resolveOffset(batch.lastOffset());
      offsets.done(batch.topic, batch.partition, batch.lastOffset());
    },
  });

  return {
    isJoined: () => joined,
    stop: async () => {
      joined = false;
      stopping = true;
      await Promise.allSettled([...underWay]);
      // kafkajs commits nothing any more once it is told to stop.
      await Promise.race([offsets.flush(), delay(2_000, undefined, { ref: false })]);
      await consumer.stop();
      await consumer.disconnect();
    },
  };
};

/** Waits for the work and sends heartbeats meanwhile, so that a database that is away does not cost us the partition (K3). */
const keepingAlive = async (payload: EachBatchPayload, log: Log, work: Promise<void>): Promise<void> => {
  const timer = setInterval(() => {
    payload
      .heartbeat()
      .catch((error: unknown) => log.debug({ err: error }, 'heartbeat refused; the group is changing'));
  }, heartbeatInterval);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
};

/** Commits offsets by age, many partitions in one request. A commit that fails is no harm: the next one covers it. */
const committer = (consumer: Consumer, log: Log) => {
  const pending = new Map<string, { topic: string; partition: number; offset: string }>();
  let timer: NodeJS.Timeout | null = null;

  const flush = async () => {
    timer = null;
    const commits = [...pending.values()];
    pending.clear();
    if (commits.length === 0) return;
    try {
      await consumer.commitOffsets(commits);
    } catch (error) {
      log.debug({ err: error }, 'offsets not committed; they go with the next ones');
    }
  };
  return {
    done: (topic: string, partition: number, lastOffset: string) => {
      pending.set(`${topic}/${partition}`, { topic, partition, offset: String(BigInt(lastOffset) + 1n) });
      timer ??= setTimeout(() => void flush(), commitEvery);
    },
    flush: async () => {
      if (timer) clearTimeout(timer);
      await flush();
    },
    forget: () => pending.clear(),
  };
};
