import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { longestTurn } from '../../../test/support/longest-turn.ts';
import { randomFrom } from '../../../test/support/random.ts';
import { decodeBatches, flawOf, isGap, type Message, mostRecords } from '../record-batch.ts';
import { batchBytes, recordBytes } from './batches.ts';

const gzip = 1;
const control = 0x20;

/** Records in a batch, one for each offset delta. */
const batchOf = (first: number, deltas: readonly number[], { lastDelta = deltas.at(-1) ?? 0, attributes = 0 } = {}) => {
  const records = Buffer.concat(
    deltas.map((offsetDelta) =>
      recordBytes({ offsetDelta, key: 'k', value: `${first + offsetDelta}`, headers: [['name', 'value']] }),
    ),
  );
  const bytes = attributes === gzip ? gzipSync(records) : records;
  return batchBytes({ first, lastDelta, count: deltas.length, attributes, records: bytes });
};
const offsets = (messages: readonly Message[]) => messages.map(({ offset }) => Number(offset));
const realOf = (messages: readonly Message[]) => messages.filter((message) => !isGap(message));

describe('a batch of records', () => {
  it('is read, and so are those behind it', async () => {
    const messages = await decodeBatches(
      Buffer.concat([batchOf(5, [0, 1, 2]), batchOf(8, [0, 1], { attributes: gzip })]),
    );
    expect(offsets(messages)).toEqual([5, 6, 7, 8, 9]);
    expect(messages.map(({ value }) => Number(value))).toEqual([5, 6, 7, 8, 9]);
    expect(messages.every((message) => flawOf(message) === undefined)).toBe(true);
  });

  it('that is cut off at its end is left for the next fetch', async () => {
    const bytes = Buffer.concat([batchOf(5, [0]), batchOf(6, [0, 1])]);
    for (let length = 0; length < bytes.length; length++)
      expect(offsets(await decodeBatches(bytes.subarray(0, length)))).toEqual(
        length < batchOf(5, [0]).length ? [] : [5],
      );
  });

  it('B5: holds its last offset, also where records were compacted away, or are none but control records', async () => {
    const messages = await decodeBatches(
      Buffer.concat([
        batchOf(0, [1, 4], { lastDelta: 9 }),
        batchOf(10, [], { lastDelta: 4 }),
        batchOf(15, [0], { attributes: control }),
      ]),
    );
    expect(offsets(messages)).toEqual([1, 4, 9, 14, 15]);
    expect(offsets(realOf(messages))).toEqual([1, 4]);
  });

  it.each<[what: string, batch: Buffer, cause: string]>([
    ['of no known compression', batchOf(7, [0, 1], { attributes: 5 }), 'there is no compression 5'],
    [
      'of broken gzip',
      batchBytes({ first: 7, lastDelta: 1, count: 2, attributes: gzip, records: Buffer.from('nonsense') }),
      'incorrect header check',
    ],
    [
      'of broken snappy',
      batchBytes({ first: 7, lastDelta: 1, count: 2, attributes: 2, records: Buffer.from([5, 0xff, 0xff]) }),
      'snappy: corrupt input',
    ],
    [
      'of snappy that would be long',
      batchBytes({ first: 7, lastDelta: 1, count: 2, attributes: 2, records: Buffer.from([0xff, 0xff, 0xff, 0x7f]) }),
      'longer than 16777216 bytes',
    ],
    [
      'of broken LZ4',
      batchBytes({ first: 7, lastDelta: 1, count: 2, attributes: 3, records: Buffer.from('nonsense') }),
      'WrongMagicNumber',
    ],
    [
      'of broken zstd',
      batchBytes({ first: 7, lastDelta: 1, count: 2, attributes: 4, records: Buffer.from('nonsense') }),
      'Unknown frame descriptor',
    ],
    [
      'of fewer records than it says',
      batchBytes({ first: 7, lastDelta: 1, count: 2, records: recordBytes({ offsetDelta: 0 }) }),
      'beyond the end',
    ],
    [
      'of more records than are read',
      batchBytes({ first: 7, lastDelta: 1, count: mostRecords + 1 }),
      `it has ${mostRecords + 1} records; ${mostRecords} are the most`,
    ],
    ['with offsets beyond its own', batchOf(7, [0, 5], { lastDelta: 1 }), 'its records are not in their order'],
    ['of a later format', batchBytes({ first: 7, lastDelta: 1, count: 0, magic: 3 }), 'it has the format 3'],
  ])('B3: %s is one marked record at its last offset, and what follows is read', async (_, batch, cause) => {
    const messages = await decodeBatches(Buffer.concat([batch, batchOf(9, [0])]));
    expect(offsets(messages)).toEqual([8, 9]);
    const [first, second] = messages.map(flawOf);
    expect(first).toMatch(/^unreadable batch, offsets 7 to 8: /);
    expect(first).toContain(cause);
    expect(second).toBe(undefined);
    expect(messages[0]?.value?.equals(batch.subarray(0, 1_024))).toBe(true);
  });

  it.each([0, 1])('B3: messages of the old format %i are marked, one by one', async (magic) => {
    const entry = (offset: number) => {
      const bytes = Buffer.alloc(40);
      bytes.writeBigInt64BE(BigInt(offset), 0);
      bytes.writeInt32BE(bytes.length - 12, 8);
      bytes.writeInt8(magic, 16);
      return bytes;
    };
    const messages = await decodeBatches(Buffer.concat([entry(3), entry(4), batchOf(5, [0])]));
    expect(messages.map((message) => [message.offset, flawOf(message)?.split(',')[0]])).toEqual([
      ['3', 'unreadable batch'],
      ['4', 'unreadable batch'],
      ['5', undefined],
    ]);
  });

  it('B2: whatever a record holds, the others of its batch are read', async () => {
    const broken = Buffer.from([...recordBytes({ offsetDelta: 1 }).subarray(0, -1), 0x7f]);
    const nameless = recordBytes({ offsetDelta: 2, value: 'v', headers: [[null, 'x']] });
    const records = Buffer.concat([recordBytes({ offsetDelta: 0 }), broken, nameless, recordBytes({ offsetDelta: 3 })]);
    const messages = await decodeBatches(batchBytes({ first: 0, lastDelta: 3, count: 4, records }));
    expect(messages.map(flawOf)).toEqual([
      undefined,
      'its bytes are malformed: it has less than no headers',
      'its bytes are malformed: a header has no name',
      undefined,
    ]);
    expect(String(messages[2]?.value)).toBe('v');
  });

  it('B3: any change to any of its bytes is read, marked or passed over, and moves the position on', async () => {
    const random = randomFrom(20_260_714);
    const sound = Buffer.concat([batchOf(0, [0, 1, 2]), batchOf(3, [0, 1], { attributes: gzip }), batchOf(5, [0])]);
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(sound);
      // The length of the first batch and its offsets are the broker's, who looks for it by them.
      for (let changes = random.below(4); changes >= 0; changes--)
        bytes[27 + random.below(bytes.length - 27)] = random.below(256);
      const messages = await decodeBatches(bytes);
      expect(Number(messages.find(({ offset }) => Number(offset) >= 2)?.offset)).toBeGreaterThanOrEqual(2);
    }
  });

  it('B2: costs no turn of the event loop more than 200 ms, whatever is in it', async () => {
    const headers = Array.from({ length: 20_000 }, () => ['a', null] as const);
    const manyHeaders = Buffer.concat(
      Array.from({ length: 20 }, (_, offsetDelta) => recordBytes({ offsetDelta, headers })),
    );
    const someHeaders = Array.from({ length: 64 }, (_, index) => [`${index}`, ''] as const);
    const manyRecords = gzipSync(
      Buffer.concat(
        Array.from({ length: mostRecords }, (_, offsetDelta) =>
          recordBytes({ offsetDelta, headers: offsetDelta % 2 ? someHeaders : [] }),
        ),
      ),
    );
    for (const batch of [
      batchBytes({ first: 0, lastDelta: 19, count: 20, records: manyHeaders }),
      batchBytes({ first: 0, lastDelta: mostRecords - 1, count: mostRecords, attributes: gzip, records: manyRecords }),
      batchBytes({ first: 0, lastDelta: 0, count: 1, attributes: gzip, records: gzipSync(Buffer.alloc(2 ** 28)) }),
    ])
      expect(await longestTurn(() => decodeBatches(batch))).toBeLessThan(200);
  });
});
