import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { partitionOf, readLag, readRanges } from '../offsets.ts';
import { createPublisher } from '../producer.ts';
import { followRecords, readRecords } from '../reader.ts';

describe('a visitor of topics', () => {
  let scratch: ScratchKafka;
  let publisher: ReturnType<typeof createPublisher>;
  beforeAll(() => {
    scratch = scratchKafka();
    publisher = createPublisher(scratch.clientOf);
  });
  afterAll(async () => {
    await publisher.close();
    await scratch.drop();
  });
  const publish = (topic: string, keys: readonly string[], value = 'x') =>
    publisher.publish(keys.map((key) => ({ topic, key, headers: {}, value: Buffer.from(value) })));
  const groups = async (): Promise<string[]> => {
    const admin = scratch.kafka.admin();
    await admin.connect();
    const listed = await admin.listGroups();
    await admin.disconnect();
    return listed.groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(scratch.visitor.groupPrefix));
  };
  const keys = (count: number, prefix = 'k') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  it('K7: reads exactly a range of each partition, in order, and leaves no group behind', async () => {
    const topic = await scratch.newTopic(3);
    for (let round = 0; round < 3; round++) await publish(topic, keys(50));
    const ranges = (await readRanges(scratch.kafka, [topic])).map((range) => ({
      ...range,
      from: range.from + 2n,
      to: range.to - 1n,
    }));
    const seen = new Map<number, bigint[]>();
    await readRecords(scratch.visitor, ranges, (records) => {
      for (const { partition, offset } of records)
        seen.set(partition, [...(seen.get(partition) ?? []), BigInt(offset)]);
    });
    for (const { partition, from, to } of ranges)
      expect(seen.get(partition)).toEqual(
        Array.from({ length: Number(to - from) }, (_, index) => from + BigInt(index)),
      );
    expect(await groups()).toEqual([]);
  });

  it('A5: comes to its end where a topic was made again meanwhile and holds less than it did', async () => {
    const topic = await scratch.newTopic(1);
    await publish(topic, keys(3));
    const seen: string[] = [];
    // What the topic held before it was deleted.
    const range = { topic, partition: 0, from: 0n, to: 100n };
    await readRecords(scratch.visitor, [range], (records) => void seen.push(...records.map(({ key }) => String(key))));
    expect(seen).toEqual(keys(3));
    await readRecords(scratch.visitor, [{ ...range, from: 50n }], (records) => expect(records).toEqual([]));
  });

  it('reads one partition and leaves the others alone; an empty range is no work', async () => {
    const topic = await scratch.newTopic(3);
    await publish(topic, keys(60));
    const [first] = await readRanges(scratch.kafka, [topic]);
    if (!first) throw new Error('no partition');
    const seen: number[] = [];
    await readRecords(
      scratch.visitor,
      [first],
      (records) => void seen.push(...records.map(({ partition }) => partition)),
    );
    expect(seen).toEqual(Array(Number(first.to - first.from)).fill(0));
    await readRecords(scratch.visitor, [{ ...first, from: first.to }], () => {
      throw new Error('nothing to read');
    });
  });

  it('ends with the error of whoever takes the records, and when it is told to', async () => {
    const topic = await scratch.newTopic(1);
    await publish(topic, keys(5));
    const ranges = await readRanges(scratch.kafka, [topic]);
    await expect(
      readRecords(scratch.visitor, ranges, () => {
        throw new Error('enough');
      }),
    ).rejects.toThrow('enough');
    await readRecords(scratch.visitor, ranges, () => {}, AbortSignal.abort());
    expect(await groups()).toEqual([]);
  });

  it('follows what is published from the moment it is ready', async () => {
    const topic = await scratch.newTopic(3);
    await publish(topic, keys(10, 'before'));
    const stop = new AbortController();
    const seen: string[] = [];
    let ready = false;
    const following = followRecords(scratch.visitor, [topic], {
      take: (records) => void seen.push(...records.map(({ key }) => String(key))),
      onReady: () => {
        ready = true;
      },
      signal: stop.signal,
    });
    await until('ready', async () => ready);
    await publish(topic, keys(10, 'after'));
    await until('all of them', async () => seen.length === 10);
    stop.abort();
    await following;
    expect(seen.every((key) => key.startsWith('after'))).toBe(true);
    expect(await groups()).toEqual([]);
  });

  it('knows how far a group is behind, and where a key goes', async () => {
    const topic = await scratch.newTopic(3);
    await publish(topic, keys(30));
    const groupId = scratch.newGroup();
    const [lag] = await readLag(scratch.kafka, [{ groupId, topics: [topic], clientId: 'test' }]);
    expect(lag).toMatchObject({ groupId, members: 0, topics: [{ topic, records: 30 }] });
    const ranges = await readRanges(scratch.kafka, [topic]);
    await readRecords(scratch.visitor, ranges, (records) => {
      for (const { key, partition } of records) expect(partitionOf(String(key), 3)).toBe(partition);
    });
    const later = await readRanges(scratch.kafka, [topic], Date.now() + 60_000);
    expect(later.map(({ from, to }) => to - from)).toEqual([0n, 0n, 0n]);
  });
});
