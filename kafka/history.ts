import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type { IncomingRecord } from './record.ts';
import { recordsOf } from './records.ts';

type Partition = { readonly topic: string; readonly partition: number; readonly from: bigint; readonly to: bigint };

/**
 * Reads what topics hold at this moment, of each partition in order, and comes to an end there. As a group of its own that is gone
 * afterwards: no consumer notices.
 * @param since leaves out records from before
 * @param onRecords is waited for before more is read. @returns false when it has seen enough
 */
export const readHistory = async (
  kafka: Kafka,
  wanted: readonly string[],
  since: Date | null,
  onRecords: (records: readonly IncomingRecord[]) => Promise<boolean>,
): Promise<void> => {
  const groupId = `history-${randomUUID()}`;
  const admin = kafka.admin();
  await admin.connect();
  try {
    // Of a topic that is not there kafkajs would ask for ever.
    const existing = new Set(await admin.listTopics());
    const topics = wanted.filter((topic) => existing.has(topic));
    const partitions = (await Promise.all(topics.map((topic) => boundsOf(admin, topic, since)))).flat();
    const left = new Map(partitions.filter(({ from, to }) => from < to).map((each) => [keyOf(each), each.to]));
    if (left.size === 0) return;
    for (const topic of topics)
      await admin.setOffsets({
        groupId,
        topic,
        partitions: partitions
          .filter((each) => each.topic === topic)
          .map(({ partition, from }) => ({ partition, offset: String(from) })),
      });
    await readUntil(kafka, groupId, topics, left, onRecords);
    await admin.deleteGroups([groupId]);
  } finally {
    await admin.disconnect();
  }
};

const boundsOf = async (admin: Admin, topic: string, since: Date | null): Promise<Partition[]> => {
  const bounds = await admin.fetchTopicOffsets(topic);
  const starts = since === null ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, since.getTime());
  return bounds.map(({ partition, low, high }) => {
    const start = starts.find((each) => each.partition === partition)?.offset ?? low;
    return { topic, partition, from: BigInt(start), to: BigInt(high) };
  });
};

const keyOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

/** @param left where each partition ends */
const readUntil = async (
  kafka: Kafka,
  groupId: string,
  topics: readonly string[],
  left: Map<string, bigint>,
  onRecords: (records: readonly IncomingRecord[]) => Promise<boolean>,
): Promise<void> => {
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
    readUncommitted: true,
  });
  const end = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) end.reject(payload.error);
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
        const to = left.get(keyOf(batch));
        resolveOffset(batch.lastOffset());
        if (to === undefined) return;
        const records = recordsOf(batch).filter(({ offset }) => BigInt(offset) < to);
        try {
          const goesOn = records.length === 0 || (await onRecords(records));
          await heartbeat();
          if (BigInt(batch.lastOffset()) + 1n >= to) left.delete(keyOf(batch));
          if (left.size === 0 || !goesOn) end.resolve();
        } catch (error) {
          end.reject(error);
        }
      },
    });
    await end.promise;
  } finally {
    await consumer.disconnect();
  }
};
