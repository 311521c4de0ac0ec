import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { type ScratchKafka, scratchKafka } from '../../../test/support/topics.ts';
import { until } from '../../../test/support/until.ts';
import { type IncomingRecord, startConsumer } from '../consumer.ts';
import { readLag, readRanges } from '../offsets.ts';
import { readRecords } from '../reader.ts';
import { type Codec, codecs, foreignProducer } from './foreign-client.ts';

type Producer = Awaited<ReturnType<typeof foreignProducer>>;

/** Names that an object has without being given them. */
const namesOfPrototype = Object.getOwnPropertyNames(Object.prototype);

const headersOf = (entries: readonly (readonly [string, string | string[]])[]): Record<string, string | string[]> => {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of entries) headers[name] = value;
  return headers;
};
const manyHeaders = (count: number, value = 'x') =>
  headersOf(Array.from({ length: count }, (_, index) => [`h${index}`, value] as const));

describe('records of foreign clients', () => {
  let scratch: ScratchKafka;
  let producer: Producer;
  /** Where what clients write stays as it is. A topic of the setup's own is written anew by the broker, without compression. */
  const newTopic = () => scratch.newTopic(1, { 'compression.type': 'producer' });
  beforeAll(async () => {
    scratch = scratchKafka();
    producer = await foreignProducer();
  });
  afterAll(async () => {
    await producer?.disconnect();
    await scratch?.drop();
  });

  const send = (
    topic: string,
    values: readonly (string | Buffer)[],
    codec: Codec = 'none',
    headers: Record<string, string | string[]> = {},
  ) =>
    producer.send({
      topic,
      compression: codecs[codec],
      messages: values.map((value) => ({ key: 'k', value, headers, partition: 0 })),
    });

  /** Consumes until the group has nothing left, and answers what it was handed. */
  const consumeAll = async (topic: string): Promise<IncomingRecord[]> => {
    const groupId = scratch.newGroup();
    const records: IncomingRecord[] = [];
    const consumer = await startConsumer(scratch.kafka, {
      groupId,
      topics: [topic],
      handle: async (some) => void records.push(...some),
      onCrash: () => {},
      log: silentLog(),
    });
    await until(`${groupId} has nothing left`, async () => {
      const [lag] = await readLag(scratch.kafka, [{ groupId, topics: [topic], clientId: 'test' }]);
      return lag?.topics[0]?.records === 0;
    });
    await consumer.stop();
    return records;
  };
  const texts = (records: readonly IncomingRecord[]) => records.map(({ value }) => String(value));
  const values = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => `${prefix} ${index} ${'text '.repeat(index % 50)}`);

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'B3: %s is read, as a client and as the broker writes it',
    async (codec) => {
      const [byClient, byBroker] = [await newTopic(), await scratch.newTopic(1, { 'compression.type': codec })];
      const sent = values(500, codec);
      for (const topic of [byClient, byBroker]) {
        await send(topic, sent, topic === byClient ? codec : 'none');
        await send(topic, ['last'], codec);
        expect(texts(await consumeAll(topic))).toEqual([...sent, 'last']);
      }
    },
  );

  it.each(['gzip', 'lz4', 'zstd'] as const)(
    'B3: a few bytes of %s that would unfold to 64 MB are one marked record, and what follows is read',
    async (codec) => {
      const topic = await newTopic();
      await send(topic, ['before']);
      await send(topic, [Buffer.alloc(32 * 2 ** 20), Buffer.alloc(32 * 2 ** 20)], codec);
      await send(topic, ['after']);
      const [before, bomb, after] = await consumeAll(topic);
      expect(texts([before, after] as IncomingRecord[])).toEqual(['before', 'after']);
      expect(bomb).toMatchObject({ offset: '2', key: null, headers: {} });
      expect(bomb?.flaw).toMatch(/^unreadable batch, offsets 1 to 2: .*\(the first 1024 of its \d+ bytes are kept\)$/);
      expect(bomb?.value?.length).toBe(1_024);
    },
  );

  it('B1: a header may have any name', async () => {
    const topic = await newTopic();
    const sent = headersOf(namesOfPrototype.map((name) => [name, `value of ${name}`] as const));
    await send(topic, ['x'], 'none', sent);
    const [record] = await consumeAll(topic);
    expect(Object.entries(record?.headers ?? {}).map(([name, value]) => [name, String(value)])).toEqual(
      Object.entries(sent),
    );
    expect(Object.getPrototypeOf(record?.headers)).toBe(null);
  });

  it('B2: of 20,000 headers the first 64 are kept, and the record is marked', async () => {
    const topic = await newTopic();
    await send(topic, ['a', 'b'], 'none', manyHeaders(20_000));
    await send(topic, ['c'], 'none', manyHeaders(64));
    await send(topic, ['d'], 'none', manyHeaders(30, 'x'.repeat(3_000)));
    const records = await consumeAll(topic);
    expect(texts(records)).toEqual(['a', 'b', 'c', 'd']);
    expect(records.map(({ headers, flaw }) => [Object.keys(headers).length, flaw])).toEqual([
      [64, 'it has 20000 headers; only the first 64 are kept'],
      [64, 'it has 20000 headers; only the first 64 are kept'],
      [64, undefined],
      [21, 'its headers have more than 65536 bytes; only the first 21 of 30 are kept'],
    ]);
  });

  it('B2: a header that comes again is a list of all its values', async () => {
    const topic = await newTopic();
    await send(
      topic,
      ['x'],
      'none',
      headersOf([
        ['ce_id', ['1', '2', '3']],
        ['__proto__', ['a', 'b']],
      ]),
    );
    const [record] = await consumeAll(topic);
    expect(
      JSON.parse(
        JSON.stringify(Object.entries(record?.headers ?? {}), (_, value) =>
          value?.type === 'Buffer' ? String(Buffer.from(value.data)) : value,
        ),
      ),
    ).toEqual([
      ['ce_id', ['1', '2', '3']],
      ['__proto__', ['a', 'b']],
    ]);
  });

  it('B5: transactions of others, open, committed or aborted, hold nobody back and leave no lag', async () => {
    const topic = await newTopic();
    const transactional = await Promise.all(
      ['open', 'committed', 'aborted'].map((name) =>
        foreignProducer({ transactionalId: `${topic} ${name}`, idempotent: true, maxInFlightRequests: 1 }),
      ),
    );
    const say = async (index: number, value: string) => {
      const transaction = await transactional[index]?.transaction();
      await transaction?.send({ topic, messages: [{ value, partition: 0 }] });
      return transaction;
    };
    const open = await say(0, 'open');
    await send(topic, ['good']);
    await (await say(1, 'committed'))?.commit();
    await (await say(2, 'aborted'))?.abort();

    const all = ['open', 'good', 'committed', 'aborted'];
    expect(texts(await consumeAll(topic))).toEqual(all);
    // The same for those who read beside the groups: both ends of a transaction are control records, and the last of the topic.
    const read: IncomingRecord[] = [];
    await readRecords(scratch.visitor, await readRanges(scratch.kafka, [topic]), (some) => void read.push(...some));
    expect(texts(read)).toEqual(all);
    await open?.abort();
    for (const each of transactional) await each.disconnect();
  });
});
