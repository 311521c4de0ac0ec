import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { brokers, scratchName } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { createClient } from '../client.ts';
import { type RunningConsumer, startConsumer } from '../consumer.ts';
import { deleteLeftGroups, takeOverGroup, temporaryGroup } from '../groups.ts';
import { readLag, readRanges } from '../offsets.ts';
import { createPublisher, type Publisher } from '../producer.ts';
import { readRecords } from '../reader.ts';

type Committed = { topic: string; partition: number; offset: string; metadata: string | null }[];

let scratch: ScratchKafka;
let publisher: Publisher;
const running: RunningConsumer[] = [];
beforeAll(() => {
  scratch = scratchKafka();
  publisher = createPublisher(scratch.clientOf);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
});
afterAll(async () => {
  await publisher?.close();
  await scratch?.drop();
});

const withAdmin = async <Result>(
  work: (admin: ReturnType<ScratchKafka['kafka']['admin']>) => Promise<Result>,
): Promise<Result> => {
  const admin = scratch.kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
};
const publish = (topic: string, count: number) =>
  publisher.publish(
    Array.from({ length: count }, (_, index) => ({ topic, key: `key ${index}`, headers: {}, value: Buffer.from('x') })),
  );
const join = async (groupId: string, topics: readonly string[], clientId = 'ours') => {
  const taken: string[] = [];
  const consumer = await startConsumer(createClient(brokers(), clientId, silentLog()), {
    ...{ groupId, topics, log: silentLog(), onCrash: () => {} },
    handle: async (records) => void taken.push(...records.map(({ key }) => String(key))),
  });
  running.push(consumer);
  return { consumer, taken };
};
const committed = async (groupId: string): Promise<Committed> =>
  (await withAdmin((admin) => admin.fetchOffsets({ groupId }))).flatMap(({ topic, partitions }) =>
    partitions
      .filter(({ offset }) => offset !== '-1')
      .map(({ partition, offset, metadata }) => ({ topic, partition, offset, metadata }))
      .sort((a, b) => a.partition - b.partition),
  );
const total = (offsets: Committed) => offsets.reduce((sum, { offset }) => sum + Number(offset), 0);
/** Commits offsets as an earlier release would have, with something written beside them. */
const commit = async (groupId: string, topics: readonly string[], metadata: string) => {
  const consumer = scratch.kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  consumer.pause(topics.map((topic) => ({ topic })));
  await consumer.commitOffsets(
    topics.flatMap((topic) => [0, 1].map((partition) => ({ topic, partition, offset: '1', metadata }))),
  );
  await consumer.disconnect();
};
const groups = () => withAdmin(async (admin) => (await admin.listGroups()).groups.map(({ groupId }) => groupId));

describe('a group under its new name', () => {
  const takeOver = (groupId: string, former: string, topics: readonly string[]) =>
    takeOverGroup(scratch.kafka, { groupId, former, topics, log: silentLog() });

  it('B11: goes on where the former one was, while members of that still work', async () => {
    const [topic, former, groupId] = [await scratch.newTopic(3), scratch.newGroup(), scratch.newGroup()];
    await publish(topic, 30);
    await join(former, [topic]);
    const before = await until('all committed', async () => {
      const found = await committed(former);
      return total(found) === 30 && found;
    });
    expect(await takeOver(groupId, former, [topic])).toBe(true);
    expect(await committed(groupId)).toEqual(before);
    const { taken } = await join(groupId, [topic]);
    await publish(topic, 6);
    await until('what is new, in the new group', async () => taken.length >= 6);
    expect(taken).toHaveLength(6);
    // The second start finds offsets, and the former group does not matter any more.
    expect(await takeOver(groupId, former, [topic])).toBe(false);
  });

  it('B11: keeps what was written beside the offsets', async () => {
    const [topic, former, groupId] = [await scratch.newTopic(2), scratch.newGroup(), scratch.newGroup()];
    await publish(topic, 10);
    await commit(former, [topic], 'topic abc');
    expect(await takeOver(groupId, former, [topic])).toBe(true);
    expect((await committed(groupId)).map(({ offset, metadata }) => [offset, metadata])).toEqual([
      ['1', 'topic abc'],
      ['1', 'topic abc'],
    ]);
  });

  it('B11: takes nothing from another application that had our former name', async () => {
    const [topic, others, former, groupId] = [
      await scratch.newTopic(2),
      await scratch.newTopic(2),
      scratch.newGroup(),
      scratch.newGroup(),
    ];
    await commit(former, [topic, others], 'x');
    expect(await takeOver(groupId, former, [topic])).toBe(false);
    expect(await committed(groupId)).toEqual([]);
    expect(await takeOver(groupId, scratch.newGroup(), [topic])).toBe(false);
  });

  it('B11: is taken over once when several instances start at the same moment', async () => {
    const [topic, former, groupId] = [await scratch.newTopic(2), scratch.newGroup(), scratch.newGroup()];
    await publish(topic, 20);
    await commit(former, [topic], 'x');
    const done = await Promise.all([1, 2, 3].map(() => takeOver(groupId, former, [topic])));
    expect(done).toContain(true);
    expect(total(await committed(groupId))).toBe(2);
  });
});

describe('what is known of a group', () => {
  const look = async (groupId: string, topics: readonly string[], lateBefore?: number) => {
    const [found] = await readLag(scratch.kafka, [{ groupId, topics, clientId: 'ours' }], lateBefore);
    if (!found) throw new Error('no answer');
    return found;
  };

  it('B11: a member of another application is named, with where it is and what it has taken', async () => {
    const [topic, groupId] = [await scratch.newTopic(4), scratch.newGroup()];
    await join(groupId, [topic]);
    await join(groupId, [topic], 'warehouse');
    const found = await until('both have partitions', async () => {
      const lag = await look(groupId, [topic]);
      return lag.state === 'Stable' && lag.foreign.some(({ partitions }) => partitions.length === 2) && lag;
    });
    expect(found).toMatchObject({
      members: 1,
      foreign: [{ clientId: 'warehouse', host: '127.0.0.1', topics: [topic] }],
    });
    expect([...found.unassigned].sort()).toEqual([...(found.foreign[0]?.partitions ?? [])].sort());
  });

  it('B11: a member that asks for other topics is foreign, by whatever name it goes', async () => {
    const [topic, others, groupId] = [await scratch.newTopic(2), await scratch.newTopic(2), scratch.newGroup()];
    await join(groupId, [others]);
    const found = await until('it is in', async () => {
      const lag = await look(groupId, [topic]);
      return lag.foreign.length > 0 && lag;
    });
    expect(found).toMatchObject({ members: 0, foreign: [{ topics: [others] }] });
  });

  it('C6: it has committed more than the topic holds, less than it holds still, or nothing for too long', async () => {
    const [topic, groupId] = [await scratch.newTopic(2), scratch.newGroup()];
    await publish(topic, 40);
    await commit(groupId, [topic], '');
    const late = await look(groupId, [topic], Date.now() + 60_000);
    expect(late.topics[0]?.partitions.map(({ trouble }) => trouble)).toEqual(['overdue', 'overdue']);
    const soon = await look(groupId, [topic], Date.now() - 60_000);
    expect(soon.topics[0]?.partitions.map(({ trouble }) => trouble)).toEqual([null, null]);
    const [first] = await readRanges(scratch.kafka, [topic]);
    await withAdmin(async (admin) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(first?.to) }] });
    });
    expect((await look(groupId, [topic])).topics[0]?.partitions[0]).toMatchObject({ trouble: 'expired', records: 0 });
    const [empty, other] = [await scratch.newTopic(2), scratch.newGroup()];
    await commit(other, [empty], '');
    const ahead = await look(other, [empty]);
    expect(ahead.topics[0]).toMatchObject({ records: 0, partitions: [{ trouble: 'ahead' }, { trouble: 'ahead' }] });
    const nowhere = scratchName('nowhere');
    expect(await look(groupId, [nowhere, empty])).toMatchObject({ missing: [nowhere], topics: [{ topic: empty }] });
  });

  it('C6: what an open transaction of another application holds back is not taken for nothing', async () => {
    const [topic, groupId] = [await scratch.newTopic(1), scratch.newGroup()];
    const foreign = scratch.kafka.producer({ transactionalId: randomUUID(), idempotent: true, maxInFlightRequests: 1 });
    await foreign.connect();
    const transaction = await foreign.transaction();
    await transaction.send({ topic, messages: [{ value: 'held' }] });
    await publish(topic, 5);
    expect((await look(groupId, [topic])).topics[0]?.records).toBe(6);
    await transaction.abort();
    await foreign.disconnect();
  });
});

describe('temporary groups', () => {
  const own = async () => (await groups()).filter((id) => id.startsWith(scratch.visitor.groupPrefix));

  it('C8: are gone after a reading that failed', async () => {
    const topic = await scratch.newTopic(1);
    await publish(topic, 5);
    const ranges = await readRanges(scratch.kafka, [topic]);
    const reading = readRecords(scratch.visitor, ranges, () => {
      throw new Error('the database is away');
    });
    await expect(reading).rejects.toThrow('the database is away');
    expect(await own()).toEqual([]);
  });

  it('C8: that a killed process has left behind are deleted by the next visitor; others stay', async () => {
    const topic = await scratch.newTopic(2);
    await publish(topic, 5);
    const [left, used] = [1, 2].map(() => temporaryGroup(scratch.visitor.groupPrefix, randomUUID())) as [
      string,
      string,
    ];
    const history = [`history-${randomUUID()}`, `history-${randomUUID()}`] as const;
    const others = await scratch.newTopic(2);
    await commit(left, [topic], '');
    await commit(history[0], [topic], '');
    await commit(history[1], [others], '');
    await join(used, [topic]);
    await readRecords(scratch.visitor, await readRanges(scratch.kafka, [topic]), () => {});
    const found = await groups();
    expect(found).toEqual(expect.arrayContaining([used, history[1]]));
    expect(found).not.toContain(left);
    expect(found).not.toContain(history[0]);
    await running.splice(0)[0]?.stop();
    await deleteLeftGroups(scratch.kafka, scratch.visitor.groupPrefix, [topic, others]);
    expect(await own()).toEqual([]);
    expect(await groups()).not.toContain(history[1]);
  });

  it('C8: end also where a topic ends with the mark of a transaction, and read behind an open one', async () => {
    const topic = await scratch.newTopic(1);
    const foreign = scratch.kafka.producer({ transactionalId: randomUUID(), idempotent: true, maxInFlightRequests: 1 });
    await foreign.connect();
    const aborted = await foreign.transaction();
    await aborted.send({ topic, messages: [{ value: 'x' }] });
    await aborted.abort();
    const read = async () => {
      const values: string[] = [];
      await readRecords(
        scratch.visitor,
        await readRanges(scratch.kafka, [topic]),
        (records) => void values.push(...records.map(({ value }) => String(value))),
      );
      return values;
    };
    expect(await read()).toEqual(['x']);
    const open = await foreign.transaction();
    await open.send({ topic, messages: [{ value: 'y' }] });
    await publish(topic, 1);
    expect((await read()).length).toBe(3);
    await open.abort();
    await foreign.disconnect();
  });
});
