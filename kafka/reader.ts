import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import type { PartitionRange } from './offsets.ts';
import type { IncomingRecord } from './record.ts';
import { recordsOf } from './records.ts';

/** Takes records of one partition, in order. */
export type Take = (records: readonly IncomingRecord[]) => Promise<void> | void;

/**
 * Reads what these partitions hold from `from` up to, not including, `to`, beside all consumer groups. Of one partition the order is kept.
 * Resolves at the end of all of them, or when aborted.
 */
export const readRecords = async (
  kafka: Kafka,
  ranges: readonly PartitionRange[],
  take: Take,
  signal?: AbortSignal,
): Promise<void> => {
  const open = new Map(
    ranges.filter(({ from, to }) => from < to).map((range) => [nameOf(range), { ...range, next: range.from }]),
  );
  if (open.size === 0) return;
  const ended = Promise.withResolvers<void>();
  const end = () => ended.resolve();
  signal?.addEventListener('abort', end, { once: true });
  const topics = [...new Set(ranges.map(({ topic }) => topic))];
  await asVisitor(kafka, { topics, fromBeginning: true }, async (consumer) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => ended.reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const [topic, partitions] of Object.entries(payload.memberAssignment))
        consumer.pause([
          { topic, partitions: partitions.filter((partition) => !open.has(nameOf({ topic, partition }))) },
        ]);
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const range = open.get(nameOf(batch));
        if (!range || signal?.aborted) return;
        // The first fetch may be under way before the seek is known.
        const isNew = (offset: bigint) => offset >= range.next && offset < range.to;
        const records = recordsOf(batch).filter(({ offset }) => isNew(BigInt(offset)));
        range.next = BigInt(records.at(-1)?.offset ?? range.next - 1n) + 1n;
        try {
          await take(records);
        } catch (error) {
          return ended.reject(error);
        }
        if (BigInt(batch.lastOffset()) + 1n < range.to) return;
        open.delete(nameOf(batch));
        consumer.pause([{ topic: batch.topic, partitions: [batch.partition] }]);
        if (open.size === 0) end();
      },
    });
    for (const { topic, partition, from } of open.values()) consumer.seek({ topic, partition, offset: String(from) });
    if (!signal?.aborted) await ended.promise;
  });
};

/**
 * Hands over what is published from now on, beside all consumer groups, until aborted.
 * @param onReady nothing published after this moment is missed
 */
export const followRecords = async (
  kafka: Kafka,
  topics: readonly string[],
  { take, onReady, signal }: { take: Take; onReady: () => void; signal: AbortSignal },
): Promise<void> => {
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  await asVisitor(kafka, { topics, fromBeginning: false }, async (consumer) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => ended.reject(payload.error));
    // Where "latest" is, the first fetch has settled.
    const stop = consumer.on(consumer.events.FETCH, () => {
      stop();
      onReady();
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        if (!signal.aborted) await take(recordsOf(batch));
      },
    });
    if (!signal.aborted) await ended.promise;
  });
};

/** A consumer in a group of its own, which commits nothing and is gone afterwards. */
const asVisitor = async (
  kafka: Kafka,
  { topics, fromBeginning }: { topics: readonly string[]; fromBeginning: boolean },
  work: (consumer: Consumer) => Promise<void>,
): Promise<void> => {
  const groupId = `visitor-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
    readUncommitted: true,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning });
    await work(consumer);
  } finally {
    await consumer.disconnect();
    await forgetGroup(kafka, groupId);
  }
};

const forgetGroup = async (kafka: Kafka, groupId: string): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteGroups([groupId]);
  } catch {
    // A group without members and offsets is forgotten by Kafka itself, a little later.
  } finally {
    await admin.disconnect();
  }
};

const nameOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;
