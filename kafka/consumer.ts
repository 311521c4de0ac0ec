import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@quadrille/process/log';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { onConnecting, retry } from './client.ts';
import type { IncomingRecord } from './record.ts';
import { recordsOf } from './records.ts';
import { startWatchdog } from './watchdog.ts';

export type { IncomingRecord } from './record.ts';

export type ConsumerOptions = {
  readonly groupId: string;
  readonly topics: readonly string[];
  /**
   * Takes the records of one partition, in order; resolves when their effects are durable. It is called for all fetched partitions
   * at once, so that they can share a transaction. It must not reject for anything that waiting can heal.
   */
  readonly handle: (records: readonly IncomingRecord[]) => Promise<void>;
  /** kafkajs gave up for good, loudly (K2) or without a word: the process must end, so that its supervisor starts it anew. */
  readonly onCrash: (error: Error) => void;
  readonly log: Log;
};

export type RunningConsumer = {
  /** True between joining the group and leaving or losing it. */
  readonly isJoined: () => boolean;
  /**
   * Finishes what was fetched, commits its offsets, leaves the group; all within 9 s. What takes longer than that is left: it is delivered
   * again, to who gets the partition next.
   */
  readonly stop: () => Promise<void>;
};

const sessionTimeout = 6_000;
const heartbeatInterval = 1_500;
/** Offsets are committed at most this much late (ms): after a crash that much is delivered again, and dropped by the inbox. */
const commitEvery = 200;
/** At a stop: how long (ms) to wait for what is being handled, for the last commit, and for the group to be left. */
const grace = { handling: 5_000, commit: 2_000, leaving: 2_000 };

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
    // No event of ours is in a transaction; a foreign one that is left open must not hold ours back.
    readUncommitted: true,
    retry: { ...retry, restartOnFailure: async () => true },
  });
  let joined = false;
  let stopping = false;
  const underWay = new Set<Promise<void>>();
  const abandoning = Promise.withResolvers<void>();
  // It lives as long as it talks with a broker, or tries to reach one. A handler that waits sends heartbeats.
  const watchdog = startWatchdog(() => {
    joined = false;
    options.onCrash(new Error('the Kafka client has shown no sign of life for a minute'));
  });
  consumer.on(consumer.events.FETCH, watchdog.sign);
  consumer.on(consumer.events.HEARTBEAT, watchdog.sign);
  consumer.on(consumer.events.REQUEST_TIMEOUT, watchdog.sign);
  onConnecting(kafka, watchdog.sign);
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
      const records = recordsOf(batch);
      const work = records.length > 0 ? options.handle(records) : Promise.resolve();
      underWay.add(work);
      try {
        const kept = keepingAlive(payload, options.log, work, watchdog.sign).then(() => true);
        if (!(await Promise.race([kept, abandoning.promise]))) return;
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
      watchdog.stop();
      await within(grace.handling, Promise.allSettled([...underWay]));
      abandoning.resolve();
      // kafkajs commits nothing any more once it is told to stop.
      await within(grace.commit, offsets.flush());
      await within(grace.leaving, consumer.disconnect());
    },
  };
};

/** Waits for the work and sends heartbeats meanwhile, so that a database that is away does not cost us the partition (K3). */
const keepingAlive = async (
  payload: EachBatchPayload,
  log: Log,
  work: Promise<void>,
  onBeat: () => void,
): Promise<void> => {
  const timer = setInterval(() => {
    void payload
      .heartbeat()
      .catch((error: unknown) => log.debug({ err: error }, 'heartbeat refused; the group is changing'))
      .then(onBeat);
  }, heartbeatInterval);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
};

const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  await Promise.race([work, delay(ms, undefined, { ref: false })]);
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
