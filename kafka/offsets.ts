import type { Kafka } from 'kafkajs';
import { partitioner } from './client.ts';

/** How far a consumer group is behind what a topic holds. */
export type TopicLag = {
  readonly topic: string;
  /** Records not yet taken in; a group that has committed nothing yet is behind by all of them. */
  readonly records: number;
  readonly partitions: readonly { readonly partition: number; readonly records: number }[];
};

export type GroupLag = {
  readonly groupId: string;
  /** Kafka's word: `Stable`, `Empty`, `Dead`, `PreparingRebalance` ... */
  readonly state: string;
  readonly members: number;
  readonly topics: readonly TopicLag[];
};

/** The first offset a partition still holds, and the one its next record will get. */
export type PartitionRange = {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
};

/** How far each group is behind on the topics it hears. */
export const readLag = (
  kafka: Kafka,
  groups: readonly { groupId: string; topics: readonly string[] }[],
): Promise<GroupLag[]> =>
  asking(kafka, async (admin) => {
    const topics = [...new Set(groups.flatMap((group) => group.topics))];
    const ends = new Map(await Promise.all(topics.map(async (t) => [t, await admin.fetchTopicOffsets(t)] as const)));
    const described = await admin.describeGroups(groups.map(({ groupId }) => groupId));
    return Promise.all(
      groups.map(async ({ groupId, topics }): Promise<GroupLag> => {
        const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
        const group = described.groups.find((candidate) => candidate.groupId === groupId);
        return {
          groupId,
          state: group?.state ?? 'Dead',
          members: group?.members.length ?? 0,
          topics: topics.map((topic) => {
            const done = new Map(
              committed.find((entry) => entry.topic === topic)?.partitions.map((p) => [p.partition, p.offset]),
            );
            const partitions = (ends.get(topic) ?? []).map(({ partition, high, low }) => {
              const offset = BigInt(done.get(partition) ?? -1);
              const next = offset < BigInt(low) ? BigInt(low) : offset;
              return { partition, records: Number(BigInt(high) - next) };
            });
            return { topic, partitions, records: partitions.reduce((sum, { records }) => sum + records, 0) };
          }),
        };
      }),
    );
  });

/** What each partition of these topics holds now. @param since leaves out what was published before (ms since 1970) */
export const readRanges = (kafka: Kafka, topics: readonly string[], since?: number): Promise<PartitionRange[]> =>
  asking(kafka, async (admin) => {
    const ofTopic = async (topic: string): Promise<PartitionRange[]> => {
      const [held, later] = await Promise.all([
        admin.fetchTopicOffsets(topic),
        since === undefined ? [] : admin.fetchTopicOffsetsByTimestamp(topic, since),
      ]);
      const starts = new Map(later.map(({ partition, offset }) => [partition, BigInt(offset)]));
      return held
        .map(({ partition, low, high }) => {
          const start = starts.get(partition) ?? BigInt(low);
          return { topic, partition, from: start < BigInt(low) ? BigInt(low) : start, to: BigInt(high) };
        })
        .sort((a, b) => a.partition - b.partition);
    };
    return (await Promise.all(topics.map(ofTopic))).flat();
  });

export const listTopics = (kafka: Kafka): Promise<string[]> => asking(kafka, (admin) => admin.listTopics());

/** Asks the cluster something, on a connection of its own. */
export const asking = async <Result>(
  kafka: Kafka,
  ask: (admin: ReturnType<Kafka['admin']>) => Promise<Result>,
): Promise<Result> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
};

/** The partition that a key is published to. */
export const partitionOf = (key: string, partitions: number): number =>
  partitioner()({
    topic: '',
    partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
      ...{ partitionId, partitionErrorCode: 0, leader: 0, replicas: [], isr: [] },
    })),
    message: { key, value: null },
  });
