import type { Admin, Kafka } from 'kafkajs';
import { type GroupMember, toMember } from './groups.ts';
import { partitioner } from './partitioner.ts';

/**
 * What is wrong with where a group stands in a partition. `ahead`: it has committed more than the partition holds, so that the topic was made
 * again or has lost its end. `expired`: records were removed before it had taken them in. `overdue`: the next record is older than it may be.
 */
export type PartitionTrouble = 'ahead' | 'expired' | 'overdue';

export type PartitionLag = {
  readonly partition: number;
  readonly records: number;
  readonly trouble: PartitionTrouble | null;
};

/** How far a consumer group is behind what a topic holds. */
export type TopicLag = {
  readonly topic: string;
  /** Records not yet processed; a group that has committed nothing yet is behind by all of them. */
  readonly records: number;
  readonly partitions: readonly PartitionLag[];
};

export type GroupLag = {
  readonly groupId: string;
  /** Kafka's word: `Stable`, `Empty`, `Dead`, `PreparingRebalance` ... */
  readonly state: string;
  /** Members of ours. */
  readonly members: number;
  /** Members of another application, which take records away from ours. */
  readonly foreign: readonly GroupMember[];
  /** Partitions that no member of ours has been given, such as `order-events/3`; none while there is no member, or a rebalance. */
  readonly unassigned: readonly string[];
  /** Topics that Kafka does not have. */
  readonly missing: readonly string[];
  readonly topics: readonly TopicLag[];
};

/** A group of ours. */
export type GroupOfOurs = {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** How its members call themselves. */
  readonly clientId: string;
};

/** The first offset a partition still holds, and the one its next record will get. */
export type PartitionRange = {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
};

/**
 * How far each group is behind on the topics it subscribes to.
 * @param lateBefore a record published before then (ms since 1970, by its publisher's clock) should have been processed
 */
export const readLag = (kafka: Kafka, groups: readonly GroupOfOurs[], lateBefore?: number): Promise<GroupLag[]> =>
  asking(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const wanted = [...new Set(groups.flatMap(({ topics }) => topics))].filter((topic) => existing.has(topic));
    // Before the ends: what a group has committed until then cannot be beyond them, unless something is wrong.
    const committed = await Promise.all(groups.map(({ groupId }) => admin.fetchOffsets({ groupId })));
    const ends = new Map(
      await Promise.all(wanted.map(async (topic) => [topic, await readEnds(admin, topic, lateBefore)] as const)),
    );
    const described = await admin.describeGroups(groups.map(({ groupId }) => groupId));
    return groups.map((group, index): GroupLag => {
      const topics = group.topics.flatMap((topic): TopicLag[] => {
        const held = ends.get(topic);
        if (!held) return [];
        const offsets = committed[index]?.find((entry) => entry.topic === topic)?.partitions ?? [];
        const done = new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]));
        const partitions = held.map((end) => toPartitionLag(end, done.get(end.partition) ?? -1n));
        return [{ topic, partitions, records: partitions.reduce((sum, { records }) => sum + records, 0) }];
      });
      const { state = 'Dead', members = [] } = described.groups.find(({ groupId }) => groupId === group.groupId) ?? {};
      const missing = group.topics.filter((topic) => !existing.has(topic));
      return {
        groupId: group.groupId,
        state,
        missing,
        topics,
        ...assignments(group, state, members.map(toMember), topics),
      };
    });
  });

type End = { readonly partition: number; readonly low: bigint; readonly high: bigint; readonly late: bigint };

/** `late`: records before it are older than they may be. */
const readEnds = async (admin: Admin, topic: string, lateBefore: number | undefined): Promise<End[]> => {
  const [held, young] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    lateBefore === undefined ? [] : admin.fetchTopicOffsetsByTimestamp(topic, lateBefore),
  ]);
  const late = new Map(young.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return held
    .map(({ partition, low, high }) => ({
      ...{ partition, low: BigInt(low), high: BigInt(high) },
      late: late.get(partition) ?? 0n,
    }))
    .sort((a, b) => a.partition - b.partition);
};

const toPartitionLag = ({ partition, low, high, late }: End, committed: bigint): PartitionLag => {
  const next = committed < low ? low : committed;
  const records = next > high ? 0 : Number(high - next);
  const isOverdue = records > 0 && next < late;
  const trouble =
    committed > high ? 'ahead' : committed >= 0n && committed < low ? 'expired' : isOverdue ? 'overdue' : null;
  return { partition, records, trouble };
};

const assignments = (
  { topics, clientId }: GroupOfOurs,
  state: string,
  members: readonly GroupMember[],
  held: readonly TopicLag[],
): Pick<GroupLag, 'members' | 'foreign' | 'unassigned'> => {
  const asksForOthers = (member: GroupMember) => member.topics.some((topic) => !topics.includes(topic));
  const foreign = members.filter((member) => member.clientId !== clientId || asksForOthers(member));
  const ours = members.filter((member) => !foreign.includes(member));
  const given = new Set(ours.flatMap(({ partitions }) => partitions));
  const all = held.flatMap(({ topic, partitions }) => partitions.map(({ partition }) => `${topic}/${partition}`));
  return {
    members: ours.length,
    foreign,
    unassigned: state === 'Stable' && ours.length > 0 ? all.filter((name) => !given.has(name)) : [],
  };
};

/** What each group has committed, by partition such as `order-events/3`: the offset of the next record it will take. */
export const readCommittedOffsets = (kafka: Kafka, groupId: string): Promise<ReadonlyMap<string, bigint>> =>
  asking(kafka, async (admin) => {
    const found = await admin.fetchOffsets({ groupId });
    return new Map(
      found.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, BigInt(offset)] as const),
      ),
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
