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
  /** As `bytes`; as text where they are few and ASCII, which costs less than a Buffer and its text later. */
  readonly text: () => string | Buffer | null;
  /** As `text`; `guess` itself where it is that: nothing is made then. */
  readonly textLike: (guess: string | undefined) => string | Buffer | null;
  readonly skip: (bytes: number) => void;
  /** Passes over a zigzag number of at most 64 bits. */
  readonly skipVarlong: () => void;
};

/** Longer texts are left as bytes. */
const longestText = 256;

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
  const isAscii = (from: number, to: number): boolean => {
    let all = 0;
    for (let index = from; index < to; index++) all |= buffer[index] as number;
    return all < 0x80;
  };
  const isText = (text: string, from: number): boolean => {
    for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== buffer[from + index]) return false;
    return true;
  };
  const textLike = (guess: string | undefined): string | Buffer | null => {
    const length = varint();
    if (length === -1) return null;
    const start = at;
    const end = forward(length);
    if (length > longestText || !isAscii(start, end)) return buffer.subarray(start, end);
    return guess?.length === length && isText(guess, start) ? guess : buffer.toString('latin1', start, end);
  };
  return {
    varint,
    text: () => textLike(undefined),
    textLike,
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
