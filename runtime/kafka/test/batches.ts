/** Numbers as Kafka writes them: zigzag, seven bits in a byte. */
export const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
};

const bytesOf = (bytes: Buffer | string | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(Buffer.byteLength(bytes)), Buffer.from(bytes)]);

type Bytes = Buffer | string | null;

/** The bytes of one record. */
export const recordBytes = (record: {
  readonly offsetDelta: number;
  readonly key?: Bytes;
  readonly value?: Bytes;
  readonly headers?: readonly (readonly [Bytes, Bytes])[];
}): Buffer => {
  const { offsetDelta, key = null, value = null, headers = [] } = record;
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(offsetDelta),
    bytesOf(key),
    bytesOf(value),
    varint(headers.length),
    ...headers.flatMap(([name, text]) => [bytesOf(name), bytesOf(text)]),
  ]);
  return bytesOf(body);
};

/** The bytes of a batch, as a broker answers them. */
export const batchBytes = (batch: {
  readonly first: number;
  readonly lastDelta: number;
  readonly count: number;
  readonly records?: Buffer;
  readonly attributes?: number;
  readonly magic?: number;
}): Buffer => {
  const { first, lastDelta, count, records = Buffer.alloc(0), attributes = 0, magic = 2 } = batch;
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(first), 0);
  header.writeInt32BE(header.length - 12 + records.length, 8);
  header.writeInt8(magic, 16);
  header.writeInt16BE(attributes, 21);
  header.writeInt32BE(lastDelta, 23);
  header.writeInt32BE(count, 57);
  return Buffer.concat([header, records]);
};
