/** Bytes as kafkajs takes them: text is UTF-8. */
type Bytes = Buffer | string;

/** A record as it is to be written. Times are ms since 1970. */
export type RecordToWrite = {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key?: Bytes | null | undefined;
  readonly value?: Bytes | null | undefined;
  /** A name may have several values. */
  readonly headers?: Readonly<Record<string, Bytes | readonly Bytes[] | null | undefined>> | undefined;
};

export type BatchToWrite = {
  readonly records: readonly RecordToWrite[];
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  /** A 64-bit number, in digits or as kafkajs' Long. */
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastOffsetDelta: number;
  readonly transactional: boolean;
};

/** Kafka's layout of a batch of format 2: where its parts are, in bytes from its beginning. The checksum is over all behind it. */
const place = {
  ...{ length: 8, leaderEpoch: 12, magic: 16, checksum: 17, attributes: 21, lastOffsetDelta: 23, firstTimestamp: 27 },
  ...{ maxTimestamp: 35, producerId: 43, producerEpoch: 51, firstSequence: 53, count: 57, records: 61 },
};
const isTransactional = 0x10;

/**
 * The bytes of a batch, written into one buffer whose size is known before. (kafkajs makes a growing buffer for each number and each header
 * and copies one into the other: 25 us a record with our headers, this 2.)
 * @param checksum CRC-32C
 */
export const encodeBatch = (batch: BatchToWrite, checksum: (bytes: Buffer) => number): Buffer => {
  const sizes = batch.records.map(sizeOfRecord);
  const length = sizes.reduce((sum, size) => sum + sizeOfVarint(size) + size, place.records);
  const buffer = Buffer.allocUnsafe(length);
  buffer.writeBigInt64BE(0n, 0);
  buffer.writeInt32BE(length - place.leaderEpoch, place.length);
  buffer.writeInt32BE(0, place.leaderEpoch);
  buffer.writeInt8(2, place.magic);
  buffer.writeInt16BE(batch.transactional ? isTransactional : 0, place.attributes);
  buffer.writeInt32BE(batch.lastOffsetDelta, place.lastOffsetDelta);
  buffer.writeBigInt64BE(BigInt(batch.firstTimestamp), place.firstTimestamp);
  buffer.writeBigInt64BE(BigInt(batch.maxTimestamp), place.maxTimestamp);
  buffer.writeBigInt64BE(BigInt(String(batch.producerId)), place.producerId);
  buffer.writeInt16BE(batch.producerEpoch, place.producerEpoch);
  buffer.writeInt32BE(batch.firstSequence, place.firstSequence);
  buffer.writeInt32BE(batch.records.length, place.count);
  let at = place.records;
  batch.records.forEach((record, index) => {
    at = writeRecord(buffer, writeVarint(buffer, at, Number(sizes[index])), record);
  });
  buffer.writeUInt32BE(checksum(buffer.subarray(place.attributes)) >>> 0, place.checksum);
  return buffer;
};

const sizeOfRecord = ({ offsetDelta, timestampDelta, key, value, headers = {} }: RecordToWrite): number => {
  // The attributes of a record are one byte, which no record uses yet.
  let size = 1 + sizeOfVarint(timestampDelta) + sizeOfVarint(offsetDelta) + sizeOfBytes(key) + sizeOfBytes(value);
  let count = 0;
  for (const name in headers) {
    const nameSize = sizeOfBytes(name);
    for (const text of valuesOf(headers[name])) {
      count++;
      size += nameSize + sizeOfBytes(text);
    }
  }
  return size + sizeOfVarint(count);
};

const writeRecord = (buffer: Buffer, start: number, record: RecordToWrite): number => {
  const { offsetDelta, timestampDelta, key, value, headers = {} } = record;
  let at = start;
  buffer[at++] = 0;
  at = writeVarint(buffer, at, timestampDelta);
  at = writeVarint(buffer, at, offsetDelta);
  at = writeBytes(buffer, at, key);
  at = writeBytes(buffer, at, value);
  let count = 0;
  for (const name in headers) count += valuesOf(headers[name]).length;
  at = writeVarint(buffer, at, count);
  for (const name in headers)
    for (const text of valuesOf(headers[name])) at = writeBytes(buffer, writeBytes(buffer, at, name), text);
  return at;
};

type Header = NonNullable<RecordToWrite['headers']>[string];

const valuesOf = (header: Header): readonly (Bytes | null | undefined)[] =>
  Array.isArray(header) ? header : [header as Bytes | null | undefined];

const lengthOf = (bytes: Bytes): number => (typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length);

const sizeOfBytes = (bytes: Bytes | null | undefined): number => {
  if (bytes == null) return 1;
  const length = lengthOf(bytes);
  return sizeOfVarint(length) + length;
};

/** The length, -1 where there is nothing, then the bytes. @returns where to go on */
const writeBytes = (buffer: Buffer, at: number, bytes: Bytes | null | undefined): number => {
  if (bytes == null) return writeVarint(buffer, at, -1);
  const length = lengthOf(bytes);
  const start = writeVarint(buffer, at, length);
  if (typeof bytes === 'string') buffer.write(bytes, start, length, 'utf8');
  else bytes.copy(buffer, start);
  return start + length;
};

/** A zigzag number, which may have up to 52 bits: seven of them in a byte. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

const sizeOfVarint = (value: number): number => {
  let size = 1;
  for (let rest = zigzag(value); rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
};

const writeVarint = (buffer: Buffer, start: number, value: number): number => {
  let at = start;
  let rest = zigzag(value);
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
  buffer[at++] = rest;
  return at;
};
