import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { brokers, scratchName } from '../../../test/support/scratch.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { createClient } from '../client.ts';
import type { IncomingRecord } from '../consumer.ts';
import { createPublisher, type OutgoingRecord, type Publisher, RecordsRefused } from '../producer.ts';

describe('publisher', () => {
  let scratch: ScratchKafka;
  const publishers: Publisher[] = [];
  beforeAll(() => {
    scratch = scratchKafka();
  });
  afterEach(async () => {
    for (const publisher of publishers.splice(0)) await publisher.close();
  });
  afterAll(() => scratch?.drop());

  const newPublisher = ({ deadline = 10_000, at = brokers() } = {}): Publisher => {
    const publisher = createPublisher((connecting) => createClient(at, 'test', silentLog(), connecting), deadline);
    publishers.push(publisher);
    return publisher;
  };
  const record = (topic: string, value: string, key = 'key'): OutgoingRecord => ({
    topic,
    key,
    headers: { ce_id: value },
    value: Buffer.from(value),
  });
  const valuesOf = (records: readonly IncomingRecord[], key?: string) =>
    records.filter((each) => key === undefined || each.key?.toString() === key).map((each) => String(each.value));

  it('R8: over many batches the records of a key stay in their order, on one partition', async () => {
    const topic = await scratch.newTopic(6);
    const publisher = newPublisher();
    const keys = Array.from({ length: 10 }, (_, index) => `key ${index}`);
    const sent = new Map<string, string[]>(keys.map((key) => [key, []]));
    let last = 0;
    for (let batch = 0; batch < 40; batch++) {
      const records = Array.from({ length: 50 }, () => record(topic, String(++last), keys[last % keys.length]));
      for (const { key, value } of records) sent.get(key)?.push(String(value));
      await publisher.publish(records);
    }
    const read = await scratch.read(topic, (records) => records.length >= 2_000);
    expect(read).toHaveLength(2_000);
    for (const key of keys) {
      expect(valuesOf(read, key)).toEqual(sent.get(key));
      const partitions = read.filter((each) => each.key?.toString() === key).map(({ partition }) => partition);
      expect(new Set(partitions).size).toBe(1);
    }
    expect(new Set(read.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  it('R14: key, headers and value arrive byte for byte', async () => {
    const topic = await scratch.newTopic(1);
    const value = Buffer.concat([Buffer.from('{"n":9007199254740993,"e":1e21,"s":"\u{1f9fe}"}'), randomBytes(64)]);
    await newPublisher().publish([{ topic, key: 'caf\u00e9', headers: { ce_id: 'x', empty: '' }, value }]);
    const [read] = await scratch.read(topic, (records) => records.length > 0);
    expect(read?.value?.equals(value)).toBe(true);
    expect(read?.key?.toString()).toBe('caf\u00e9');
    expect(Object.fromEntries(Object.entries(read?.headers ?? {}).map(([name, text]) => [name, String(text)]))).toEqual(
      {
        ce_id: 'x',
        empty: '',
      },
    );
  });

  it('publishes to several topics at once', async () => {
    const [one, other] = [await scratch.newTopic(1), await scratch.newTopic(1)];
    await newPublisher().publish([record(one, '1'), record(other, '2'), record(one, '3')]);
    expect(valuesOf(await scratch.read(one, ({ length }) => length > 1))).toEqual(['1', '3']);
    expect(valuesOf(await scratch.read(other, ({ length }) => length > 0))).toEqual(['2']);
  });

  it('a topic that does not exist is not made: the publish fails, the next one works', async () => {
    const topic = await scratch.newTopic(1);
    const missing = scratchName('no_topic');
    const publisher = newPublisher({ deadline: 1_500 });
    await expect(publisher.publish([record(missing, 'lost')])).rejects.toThrow();
    await publisher.publish([record(topic, 'next')]);
    expect(valuesOf(await scratch.read(topic, ({ length }) => length > 0))).toEqual(['next']);
    const admin = scratch.kafka.admin();
    await admin.connect();
    expect(await admin.listTopics()).not.toContain(missing);
    await admin.disconnect();
  });

  it('R9: a record that is too large for the broker fails its publish, and the next one works', async () => {
    const topic = await scratch.newTopic(1);
    const publisher = newPublisher();
    await publisher.publish([record(topic, 'before')]);
    await expect(publisher.publish([record(topic, 'x'.repeat(2_000_000))])).rejects.toThrow(RecordsRefused);
    await publisher.publish([record(topic, 'after')]);
    expect(valuesOf(await scratch.read(topic, ({ length }) => length > 1))).toEqual(['before', 'after']);
  });

  it('R9: a record is refused because its topic wants keys, and it has none; the next publish works', async () => {
    const [strict, plain] = [await scratch.newTopic(1, { 'cleanup.policy': 'compact' }), await scratch.newTopic(1)];
    const publisher = newPublisher();
    await expect(publisher.publish([record(strict, 'never', null as unknown as string)])).rejects.toThrow(
      RecordsRefused,
    );
    await publisher.publish([record(plain, 'after')]);
    expect(valuesOf(await scratch.read(plain, ({ length }) => length > 0))).toEqual(['after']);
  });

  it('tells which topics do not exist, and sees one that was made since', async () => {
    const [topic, missing] = [await scratch.newTopic(1), scratchName('no_topic')];
    const publisher = newPublisher();
    expect(await publisher.missingTopics([topic, missing, 'no topic at all!'])).toEqual(
      new Set([missing, 'no topic at all!']),
    );
    const made = await scratch.newTopic(1);
    expect(await publisher.missingTopics([topic, made])).toEqual(new Set());
  });

  it('R6: a broker that is not there fails the publish, at the latest when its time is up, and says why', async () => {
    const publisher = newPublisher({ deadline: 500, at: ['127.0.0.1:1'] });
    await expect(publisher.connect()).rejects.toThrow(/ECONNREFUSED|500 ms/);
    await expect(publisher.publish([record('any', 'lost')])).rejects.toThrow(/ECONNREFUSED|500 ms/);
  });

  it('closed before it ever connected, or twice, does no harm', async () => {
    const publisher = newPublisher();
    await publisher.close();
    await publisher.connect();
    await publisher.close();
    await publisher.close();
  });
});
