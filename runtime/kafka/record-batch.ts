import { setImmediate as nextTurn } from 'node:timers/promises';
import { MalformedBytes, readBytes } from './bytes.ts';
import { decompress } from './codecs.ts';
import type { IncomingRecord } from './record.ts';

/** A record as kafkajs takes it from us. What it has no word for is asked by `flawOf` and `isGap`. */
export type Message = Pick<IncomingRecord, 'offset' | 'key' | 'headers' | 'value'>;

/** Of a record's headers so many are read, and so many bytes of their names and values. What is beyond is left out, and the record marked. */
const mostHeaders = 64;
const longestHeaders = 65_536;

/** Records in one batch; more of them, each of a few bytes, would take all memory. */
export const mostRecords = 50_000;

/** Of a batch that cannot be read so many bytes are kept. */
const keptOfBatch = 1_024;

/** Of one partition no further batch is read once there are so many records or so many bytes; the rest is fetched again. */
const enough = { records: 10_000, bytes: 2 * 1_048_576 };

/** Records that are decoded before the event loop has its turn. */
const atOnce = 500;

const flaws = new WeakMap<object, string>();
const gaps = new WeakSet<object>();

/** Why a message is not all of a record, or no single record; undefined: it is one. */
export const flawOf = (message: object): string | undefined => flaws.get(message);

/** Whether a message is none, but the end of a batch: control records, and records that were compacted away. */
export const isGap = (message: object): boolean => gaps.has(message);

/** Kafka's layout of a batch: where its parts are, in bytes from its beginning. The first three were there before batches were. */
const place = { length: 8, start: 12, magic: 16, attributes: 21, lastOffsetDelta: 23, count: 57, records: 61 };
const isControl = 0x20;

/**
 * Reads what a broker answers of one partition. Any bytes are read: a batch that cannot be becomes one message, marked, at its last
 * offset. Of each batch the last offset is among the messages, so that a consumer's position passes over what holds no records.
 */
export const decodeBatches = async (bytes: Buffer): Promise<Message[]> => {
  const messages: Message[] = [];
  let decoded = 0;
  for (let at = 0; at + place.attributes <= bytes.length; ) {
    const end = at + place.start + bytes.readInt32BE(at + place.length);
    // The last one may be cut off: it is fetched again.
    if (end > bytes.length || end <= at + place.magic) break;
    const batch = bytes.subarray(at, end);
    try {
      decoded += await decodeBatch(batch, messages);
    } catch (error) {
      messages.push(unreadable(batch, error));
    }
    if (messages.length >= enough.records || decoded >= enough.bytes) break;
    at = end;
  }
  return messages;
};

/** Adds a batch's records. @returns how many bytes they have. @throws when it cannot be read; then nothing is added */
const decodeBatch = async (batch: Buffer, messages: Message[]): Promise<number> => {
  const magic = batch.readInt8(place.magic);
  if (magic !== 2) throw new MalformedBytes(`it has the format ${magic}, which is not read`);
  if (batch.length < place.records) throw new MalformedBytes('its header is cut off');
  const attributes = batch.readInt16BE(place.attributes);
  const first = batch.readBigInt64BE(0);
  const last = batch.readInt32BE(place.lastOffsetDelta);
  const count = batch.readInt32BE(place.count);
  if (count > mostRecords) throw new MalformedBytes(`it has ${count} records; ${mostRecords} are the most`);

  const records: Message[] = [];
  let delta = -1;
  let length = 0;
  if (count > 0 && (attributes & isControl) === 0) {
    const bytes = await decompress(attributes & 7, batch.subarray(place.records));
    length = bytes.length;
    const reader = readBytes(bytes);
    for (let index = 1; index <= count; index++) {
      const record = reader.bytes();
      if (!record) throw new MalformedBytes('a record has no length');
      const { offsetDelta, message } = decodeRecord(record, first);
      if (offsetDelta <= delta || offsetDelta > last) throw new MalformedBytes('its records are not in their order');
      delta = offsetDelta;
      records.push(message);
      if (index % atOnce === 0) await nextTurn();
    }
  }
  if (delta < last) records.push(gapAt(first + BigInt(last)));
  for (const record of records) messages.push(record);
  return length;
};

const decodeRecord = (bytes: Buffer, first: bigint): { offsetDelta: number; message: Message } => {
  const reader = readBytes(bytes);
  // Attributes, which no record has yet, and the time.
  reader.skip(1);
  reader.skipVarlong();
  const offsetDelta = reader.varint();
  const offset = String(first + BigInt(offsetDelta));
  let [key, value]: [Buffer | null, Buffer | null] = [null, null];
  const headers = noHeaders();
  let flaw: string | undefined;
  try {
    key = reader.bytes();
    value = reader.bytes();
    flaw = decodeHeaders(reader, headers);
  } catch (error) {
    flaw = `its bytes are malformed: ${(error as Error).message}`;
  }
  const message = { offset, key, headers, value };
  if (flaw) flaws.set(message, flaw);
  return { offsetDelta, message };
};

type Headers = Record<string, Bytes | Bytes[] | undefined>;
type Bytes = Buffer | string;

/** Without a prototype: a header may have any name, such as `constructor` or `__proto__`. */
const noHeaders = (): Headers => Object.create(null);

/** The names of the record before, each at its place: those of the next one are mostly the same. */
const names: string[] = [];

/** Reads headers as far as the bounds allow; the end of a record is known by its length, so what is beyond costs nothing. */
const decodeHeaders = (reader: ReturnType<typeof readBytes>, headers: Headers): string | undefined => {
  const count = reader.varint();
  if (count < 0) throw new MalformedBytes('it has less than no headers');
  let length = 0;
  for (let index = 0; index < count; index++) {
    if (index === mostHeaders) return `it has ${count} headers; only the first ${mostHeaders} are kept`;
    const name = reader.textLike(names[index]);
    const value = reader.text() ?? undefined;
    if (name === null) throw new MalformedBytes('a header has no name');
    length += name.length + (value?.length ?? 0);
    if (length > longestHeaders)
      return `its headers have more than ${longestHeaders} bytes; only the first ${index} of ${count} are kept`;
    const text = typeof name === 'string' ? name : name.toString();
    names[index] = text;
    add(headers, text, value);
  }
  return undefined;
};

/** A name that comes again makes a list of all its values, so that none of them is believed unseen. */
const add = (headers: Headers, name: string, value: Bytes | undefined): void => {
  if (!(name in headers)) headers[name] = value;
  else {
    const before = headers[name];
    if (Array.isArray(before)) before.push(value ?? Buffer.alloc(0));
    else headers[name] = [before ?? Buffer.alloc(0), value ?? Buffer.alloc(0)];
  }
};

const gapAt = (offset: bigint): Message => {
  const gap = { offset: String(offset), key: null, headers: noHeaders(), value: null };
  gaps.add(gap);
  return gap;
};

const unreadable = (batch: Buffer, error: unknown): Message => {
  const first = batch.readBigInt64BE(0);
  const isBatch = batch.readInt8(place.magic) >= 2 && batch.length >= place.count;
  const last = isBatch ? first + BigInt(Math.max(0, batch.readInt32BE(place.lastOffsetDelta))) : first;
  const value = batch.subarray(0, keptOfBatch);
  const message = { offset: String(last), key: null, headers: noHeaders(), value };
  const cause = error instanceof Error ? error.message : String(error);
  flaws.set(
    message,
    `unreadable batch, offsets ${first} to ${last}: ${cause} (the first ${value.length} of its ${batch.length} bytes are kept)`,
  );
  return message;
};
