/** These bytes do not have the form that the Kafka protocol gives them. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
}

/** Reads the numbers and byte strings of Kafka's protocol one after the other. Each of them throws MalformedBytes beyond the end. */
export type ByteReader = {
  /** A zigzag number of at most 32 bits. */
  readonly varint: () => number;
  /** A byte string with its length before it; null: length -1. */
  readonly bytes: () => Buffer | null;
  readonly skip: (bytes: number) => void;
  /** Passes over a zigzag number of at most 64 bits. */
  readonly skipVarlong: () => void;
};

export const readBytes = (buffer: Buffer): ByteReader => {
  let at = 0;

  const forward = (length: number): number => {
    if (length < 0 || at + length > buffer.length) throw new MalformedBytes('a length leads beyond the end');
    at += length;
    return at;
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = buffer[at++];
      if (byte === undefined) throw new MalformedBytes('a number leads beyond the end');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new MalformedBytes('a number has more than 32 bits');
  };
  return {
    varint,
    bytes: () => {
      const length = varint();
      return length === -1 ? null : buffer.subarray(at, forward(length));
    },
    skip: (length) => void forward(length),
    skipVarlong: () => {
      for (let length = 0; length < 10; length++) {
        const byte = buffer[at++];
        if (byte === undefined) throw new MalformedBytes('a number leads beyond the end');
        if (byte < 0x80) return;
      }
      throw new MalformedBytes('a number has more than 64 bits');
    },
  };
};
