/** The fields of a protobuf message, by their numbers. A field that is missing is empty, or 0. */
export type Message = {
  readonly messages: (field: number) => Message[];
  readonly text: (field: number) => string;
  readonly hex: (field: number) => string;
  readonly number: (field: number) => number;
};

/** Reads the wire format (https://protobuf.dev/programming-guides/encoding/), without a schema. */
export const readMessage = (bytes: Buffer): Message => {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const readValue = (type: number): Buffer | bigint => {
    if (type === 0) return varint();
    if (type === 1) return take(8);
    if (type === 2) return take(Number(varint()));
    if (type === 5) return take(4);
    throw new Error(`there is no wire type ${type}`);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), readValue(tag & 7)]);
  }
  const first = (field: number) => fields.get(field)?.[0];
  const bytesOf = (field: number) => {
    const value = first(field);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  };
  return {
    messages: (field) =>
      (fields.get(field) ?? []).flatMap((value) => (Buffer.isBuffer(value) ? readMessage(value) : [])),
    text: (field) => bytesOf(field).toString(),
    hex: (field) => bytesOf(field).toString('hex'),
    number: (field) => {
      const value = first(field);
      return typeof value === 'bigint' ? Number(value) : 0;
    },
  };
};
