import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { deleteLeftGroups, temporaryGroup } from './groups.ts';
import { type PartitionRange, readRanges } from './offsets.ts';
import type { IncomingRecord } from './record.ts';
import { recordsOf } from './records.ts';

/** Who reads: a client, and what the name of its temporary group begins with. */
export type Visitor = { readonly kafka: Kafka; readonly groupPrefix: string };

/** Takes records of one partition, in order. */
export type Take = (records: readonly IncomingRecord[]) => Promise<void> | void;

/** How often it is asked (ms), while nothing comes, whether anything will. */
const lookEvery = 2_000;

/**
 * Reads what these partitions hold from `from` up to, not including, `to`, beside all consumer groups. Of one partition the order is kept.
 * Resolves at the end of all of them, or when aborted. A partition that has become shorter than `to` is read as far as it goes: its topic was
 * deleted and made again meanwhile, or has lost its end.
 */
export const readRecords = async (
  visitor: Visitor,
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
  let isMoving = false;
  const closeShorter = async () => {
    const held = await readRanges(visitor.kafka, topics);
    for (const { topic, partition, to } of held) {
      const range = open.get(nameOf({ topic, partition }));
      if (range && to < range.to && !isMoving) open.delete(nameOf(range));
    }
    if (open.size === 0) end();
  };
  const timer = setInterval(() => {
    // What could not be asked is asked again.
    if (!isMoving) closeShorter().catch(() => {});
    isMoving = false;
  }, lookEvery);
  await asVisitor(visitor, { topics, fromBeginning: true }, async (consumer) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => ended.reject(payload.error));
    // Told also of batches that hold nothing for us, such as the end of a transaction: a range may end with one.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
      const range = open.get(nameOf({ topic, partition }));
      if (!range || BigInt(lastOffset) + 1n < range.to) return;
      open.delete(nameOf(range));
      consumer.pause([{ topic, partitions: [partition] }]);
      if (open.size === 0) end();
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const [topic, partitions] of Object.entries(payload.memberAssignment))
        consumer.pause([
          { topic, partitions: partitions.filter((partition) => !open.has(nameOf({ topic, partition }))) },
        ]);
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        isMoving = true;
        const range = open.get(nameOf(batch));
        if (!range || signal?.aborted) return;
        // The first fetch may be under way before the seek is known.
        const isNew = (offset: bigint) => offset >= range.next && offset < range.to;
        const records = recordsOf(batch).filter(({ offset }) => isNew(BigInt(offset)));
        range.next = BigInt(records.at(-1)?.offset ?? range.next - 1n) + 1n;
        try {
          await take(records);
        } catch (error) {
          ended.reject(error);
        }
      },
    });
    for (const { topic, partition, from } of open.values()) consumer.seek({ topic, partition, offset: String(from) });
    if (!signal?.aborted) await ended.promise;
  }).finally(() => clearInterval(timer));
};

/**
 * Hands over what is published from now on, beside all consumer groups, until aborted.
 * @param onReady nothing published after this moment is missed
 */
export const followRecords = async (
  visitor: Visitor,
  topics: readonly string[],
  { take, onReady, signal }: { take: Take; onReady: () => void; signal: AbortSignal },
): Promise<void> => {
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  await asVisitor(visitor, { topics, fromBeginning: false }, async (consumer) => {
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

/**
 * A consumer in a group of its own, which commits nothing and is gone afterwards, also after a failure. What could not be deleted because Kafka
 * was away is deleted by the next visitor.
 */
const asVisitor = async (
  { kafka, groupPrefix }: Visitor,
  { topics, fromBeginning }: { topics: readonly string[]; fromBeginning: boolean },
  work: (consumer: Consumer) => Promise<void>,
): Promise<void> => {
  await deleteLeftGroups(kafka, groupPrefix, topics);
  const groupId = temporaryGroup(groupPrefix, randomUUID());
  const consumer = kafka.consumer({
    ...{ groupId, maxWaitTimeInMs: 250, allowAutoTopicCreation: false },
    // An open transaction of another application must not hide what comes after it.
    readUncommitted: true,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning });
    await work(consumer);
  } finally {
    await leave(kafka, consumer, groupId);
  }
};

/** Never throws: it must not hide why the reading failed. */
const leave = async (kafka: Kafka, consumer: Consumer, groupId: string): Promise<void> => {
  await consumer.disconnect().catch(() => {});
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // It never came to be, or Kafka is away.
  } finally {
    await admin.disconnect().catch(() => {});
  }
};

const nameOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;
