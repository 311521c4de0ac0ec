import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@quadrille/process/log';
import kafkajs, { type Cluster, type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { createAnother, retry } from './client.ts';
import { coordinatorAnswers } from './coordinator.ts';
import { watchMembership } from './membership.ts';
import type { IncomingRecord } from './record.ts';
import { recordsOf } from './records.ts';
import { commitMetadata, type Position, watchTopicIdentity } from './topic-identity.ts';
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
  /** True while this member owns partitions, by what the group's coordinator has said within the session timeout. */
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

/**
 * Few tries, then kafkajs' own restart, without end: only that looks for the group's coordinator again (A2). With tries without end a
 * member whose coordinator's broker has died asks that broker for ever. The waits are short, so that it is back within its session.
 */
const consumerRetry = { ...retry, retries: 5, maxRetryTime: 1_000 };
/** What kafkajs lets pass (ms) before it starts itself again, at least. */
const restartAfter = 1_000;

/**
 * Joins the group and consumes until stopped. Offsets move only after `handle` has resolved.
 * @param kafka made by `createClient`; the consumer has connections of its own
 */
export const startConsumer = async (kafka: Kafka, options: ConsumerOptions): Promise<RunningConsumer> => {
  const connected = Promise.withResolvers<Cluster>();
  const { kafka: own, closeForGood } = createAnother(kafka);
  const consumer = own.consumer({
    groupId: options.groupId,
    sessionTimeout,
    rebalanceTimeout: 20_000,
    heartbeatInterval,
    // The first event ends the wait. Without events, each fetch costs CPU in client and broker; but kafkajs looks for a rebalance only between two.
    maxWaitTimeInMs: 1_000,
    minBytes: 1,
    // About 1,000 events in one fetch: more would only wait in memory.
    maxBytes: 1_048_576,
    maxBytesPerPartition: 524_288,
    allowAutoTopicCreation: false,
    // No event of ours is in a transaction; a foreign one that is left open must not hold ours back.
    readUncommitted: true,
    partitionAssigners: [
      (parts) => {
        connected.resolve(parts.cluster);
        // Node does not see this name in the CommonJS module; its default export has it.
        return kafkajs.PartitionAssigners.roundRobin(parts);
      },
    ],
    retry: {
      ...consumerRetry,
      restartOnFailure: async () => {
        await delay(restartAfter);
        return !stopping;
      },
    },
  });
  let stopping = false;
  const underWay = new Set<Promise<void>>();
  const abandoning = Promise.withResolvers<void>();
  const watchdog = startWatchdog(
    () => coordinatorAnswers(kafka, options.groupId),
    () => {
      membership.end();
      options.onCrash(new Error('the Kafka client has shown no sign of life for a minute'));
    },
  );
  const membership = watchMembership(consumer, sessionTimeout, watchdog.sign);
  const offsets = committer(consumer, options.log);
  const topics = watchTopicIdentity(consumer, await connected.promise, {
    ...{ groupId: options.groupId, log: options.log },
    onRestart: offsets.set,
  });
  // Another member may own these partitions by now; what is not committed is delivered again and dropped by the inbox.
  consumer.on(consumer.events.GROUP_JOIN, offsets.forget);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart || stopping) return;
    membership.end();
    options.onCrash(payload.error);
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
      await topics.checked();
      const position = topics.positionOf(batch);
      // Where it is not confirmed, another member may have the partition. It is fetched again, after the next heartbeat.
      if (stopping || payload.isStale() || !membership.isConfirmed() || !position) return;
      const records = recordsOf(batch);
      const work = records.length > 0 ? options.handle(records) : Promise.resolve();
      underWay.add(work);
      try {
        const kept = keepingAlive(payload, options.log, work).then(() => true);
        if (!(await Promise.race([kept, abandoning.promise]))) return;
      } finally {
        underWay.delete(work);
      }
      if (!topics.isCurrent(position)) return;
      payload.resolveOffset(batch.lastOffset());
      offsets.set(position, BigInt(batch.lastOffset()) + 1n);
    },
  });

  return {
    isJoined: membership.isConfirmed,
    stop: async () => {
      membership.end();
      stopping = true;
      watchdog.stop();
      await within(grace.handling, Promise.allSettled([...underWay, topics.stop()]));
      abandoning.resolve();
      // kafkajs commits nothing any more once it is told to stop.
      await within(grace.commit, offsets.flush());
      await within(grace.leaving, consumer.disconnect());
      // Where it was looking for its coordinator, kafkajs goes on with that, and would join once more.
      closeForGood();
    },
  };
};

/** Waits for the work and sends heartbeats meanwhile, so that a database that is away does not cost us the partition (K3). */
const keepingAlive = async (payload: EachBatchPayload, log: Log, work: Promise<void>): Promise<void> => {
  const timer = setInterval(() => {
    void payload
      .heartbeat()
      .catch((error: unknown) => log.debug({ err: error }, 'heartbeat refused; the group is changing'));
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
  const pending = new Map<string, { topic: string; partition: number; offset: string; metadata: string | null }>();
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
    /** What is before this offset is done. */
    set: (position: Position, next: bigint) => {
      const { topic, partition, id } = position;
      position.next = next;
      pending.set(`${topic}/${partition}`, { topic, partition, offset: String(next), metadata: commitMetadata(id) });
      timer ??= setTimeout(() => void flush(), commitEvery);
    },
    flush: async () => {
      if (timer) clearTimeout(timer);
      await flush();
    },
    forget: () => pending.clear(),
  };
};
