import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@quadrille/process/log';
import type { Admin, Kafka, MemberDescription } from 'kafkajs';
import kafkajs from 'kafkajs';

/** The consumer group of a service of ours, or of the console: the same for the process, the command line and the tests. */
export const groupOf = (prefix: string, name: string): string => `${prefix}${name}`;

/** Where a group stands in one partition; `metadata` is what its members have written beside the offset. */
type Committed = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly metadata: string | null;
};

type Takeover = {
  readonly groupId: string;
  /** The name that the group had before. */
  readonly former: string;
  /** All topics of the group. */
  readonly topics: readonly string[];
  readonly log: Log;
};

/**
 * Copies the committed offsets of a group to its new name, if the new one has none yet. Members of the old group may still work: what both
 * receive, the inbox drops. Run twice, or by two processes at once, it leaves the same offsets; if it dies half-way, the next start does it.
 * A group that has committed offsets of other topics belongs to another application, and is left alone.
 * @returns whether offsets were copied
 */
export const takeOverGroup = async (kafka: Kafka, takeover: Takeover): Promise<boolean> => {
  const { groupId, former, topics, log } = takeover;
  if (former === groupId) return false;
  for (let attempt = 1; ; attempt++) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      if ((await readCommitted(admin, groupId)).length > 0) return false;
      const committed = await readCommitted(admin, former);
      if (committed.length === 0) return false;
      const foreign = committed.find(({ topic }) => !topics.includes(topic));
      if (foreign) {
        log.warn(
          { group: former, topic: foreign.topic },
          'the group of the former name is not ours, for it reads another topic; the new group begins at the beginning',
        );
        return false;
      }
      await commitAsMember(kafka, takeover, committed, async () => (await readCommitted(admin, groupId)).length === 0);
      log.info({ group: groupId, former, partitions: committed.length }, 'offsets taken over from the former group');
      return true;
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSError) || !error.retriable) throw error;
      log.debug({ err: error, attempt }, 'offsets not taken over yet; trying again');
      await delay(Math.min(5_000, 100 * 2 ** attempt));
    } finally {
      await admin.disconnect();
    }
  }
};

const readCommitted = async (admin: Admin, groupId: string): Promise<Committed[]> =>
  // Without topics it answers all that the group has.
  (await admin.fetchOffsets({ groupId })).flatMap(({ topic, partitions }) =>
    partitions
      .filter(({ offset }) => BigInt(offset) >= 0n)
      .map(({ partition, offset, metadata }) => ({ topic, partition, offset, metadata })),
  );

/** Only a member may commit while the group has members: another instance may have joined it already. */
const commitAsMember = async (
  kafka: Kafka,
  { groupId, topics }: Takeover,
  committed: readonly Committed[],
  isStillNeeded: () => Promise<boolean>,
): Promise<void> => {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250, allowAutoTopicCreation: false });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics] });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} });
    consumer.pause(topics.map((topic) => ({ topic })));
    if (await isStillNeeded()) await consumer.commitOffsets([...committed]);
  } finally {
    await consumer.disconnect();
  }
};

/** Who takes part in a group, as the broker knows it. */
export type GroupMember = {
  readonly clientId: string;
  readonly host: string;
  /** What it asks for. */
  readonly topics: readonly string[];
  /** What it has been given, such as `order-events/3`. */
  readonly partitions: readonly string[];
};

export const toMember = (member: MemberDescription): GroupMember => ({
  clientId: member.clientId,
  // Some brokers write it as `/10.0.0.7`.
  host: member.clientHost.replace(/^\//, ''),
  topics: decoded(() => kafkajs.AssignerProtocol.MemberMetadata.decode(member.memberMetadata)?.topics ?? []),
  partitions: decoded(() =>
    Object.entries(kafkajs.AssignerProtocol.MemberAssignment.decode(member.memberAssignment)?.assignment ?? {}).flatMap(
      ([topic, partitions]) => partitions.map((partition) => `${topic}/${partition}`),
    ),
  ),
});

/** Another application may write into these bytes whatever it likes; while the group is forming they are empty. */
const decoded = (read: () => string[]): string[] => {
  try {
    return read();
  } catch {
    return [];
  }
};

/** A group of one that only reads, by the name of what it is for; it commits nothing. */
export const temporaryGroup = (prefix: string, id: string): string => `${prefix}${temporary}${id}`;

const temporary = 'visitor-';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Releases before this one named them so, without a prefix. */
const formerly = /^(history|visitor)-(.*)$/;

/**
 * Deletes temporary groups that a process has left behind because it was killed, or because Kafka was away. Only empty ones: one that has
 * members is in use. Those of former releases only if they have committed nothing but offsets of these topics.
 */
export const deleteLeftGroups = async (kafka: Kafka, prefix: string, topics: readonly string[]): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.listGroups();
    const ids = groups.map(({ groupId }) => groupId);
    const own = ids.filter(
      (id) => id.startsWith(prefix + temporary) && uuid.test(id.slice((prefix + temporary).length)),
    );
    const former = ids.filter((id) => uuid.test(formerly.exec(id)?.[2] ?? ''));
    if (own.length + former.length === 0) return;
    const described = await admin.describeGroups([...own, ...former]);
    const empty = new Set(described.groups.filter(({ state }) => state === 'Empty').map(({ groupId }) => groupId));
    const left = own.filter((id) => empty.has(id));
    for (const id of former.filter((id) => empty.has(id)))
      if ((await readCommitted(admin, id)).every(({ topic }) => topics.includes(topic))) left.push(id);
    // One that is gone or in use by now is no matter.
    if (left.length > 0) await admin.deleteGroups(left).catch(() => {});
  } finally {
    await admin.disconnect();
  }
};
