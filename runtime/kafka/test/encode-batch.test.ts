import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../../test/support/random.ts';
import { encodeBatch, type RecordToWrite } from '../encode-batch.ts';
import { decodeBatches } from '../record-batch.ts';

const require = createRequire(import.meta.url);
const checksum = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;
const theirRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: RecordToWrite) => object;
const { RecordBatch: theirBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
};

const random = randomFrom(12);
const text = (length: number) => Array.from({ length }, () => random.pick(['a', 'z', '0', 'ö', '漢', '😀'])).join('');
const lengths = [0, 1, 36, 63, 64, 127, 128, 200, 8_191, 8_192, 20_000];

const anyRecord = (offsetDelta: number): RecordToWrite => ({
  offsetDelta,
  timestampDelta: random.pick([0, 0, 1, 63, 64, 8_192, 2_000_000_000, 50_000_000_000]),
  key: random.pick([null, text(random.pick(lengths)), Buffer.from([0xff, 0, 0xfe])]),
  value: random.pick([null, Buffer.from(text(random.pick(lengths))), Buffer.alloc(random.pick(lengths), 7)]),
  headers: Object.fromEntries(
    Array.from({ length: random.below(14) }, (_, index) => [
      `${text(random.below(9))}${index}`,
      random.pick([text(random.pick([0, 5, 64, 200])), Buffer.from([0, 0xff]), ['one', Buffer.from('two'), '']]),
    ]),
  ),
});

const batchOf = (records: readonly RecordToWrite[]) => ({
  records,
  firstTimestamp: 1_795_000_000_000,
  maxTimestamp: 1_795_000_000_123,
  producerId: '9007199254740993',
  producerEpoch: 3,
  firstSequence: 2_147_483_000,
  lastOffsetDelta: records.length - 1,
  transactional: false,
});

describe('a batch that is written', () => {
  it.each([1, 2, 7, 100])('has the very bytes that kafkajs would write: %i records', async (count) => {
    for (let round = 0; round < 20; round++) {
      const records = Array.from({ length: count }, (_, index) => anyRecord(index));
      const batch = batchOf(records);
      const theirs = await theirBatch({ ...batch, compression: 0, records: records.map(theirRecord) });
      expect(encodeBatch(batch, checksum).equals(theirs.buffer)).toBe(true);
    }
  });

  it('is read as it was', async () => {
    const headers = { ce_id: 'x', ce_type: 'ö', many: ['a', 'b'] };
    const [message] = await decodeBatches(
      encodeBatch(
        batchOf([{ offsetDelta: 0, timestampDelta: 0, key: 'k', value: Buffer.from('v'), headers }]),
        checksum,
      ),
    );
    expect([String(message?.key), String(message?.value)]).toEqual(['k', 'v']);
    expect([String(message?.headers?.ce_type), String(message?.headers?.many)]).toEqual(['ö', 'a,b']);
  });

  it('may be of a transaction', async () => {
    const batch = { ...batchOf([anyRecord(0)]), transactional: true };
    const theirs = await theirBatch({ ...batch, compression: 0, records: batch.records.map(theirRecord) });
    expect(encodeBatch(batch, checksum).equals(theirs.buffer)).toBe(true);
  });
});
