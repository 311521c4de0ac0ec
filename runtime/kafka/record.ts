/** A record as fetched, with the place it came from. */
export type IncomingRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  /** Without a prototype, for a header may have any name; a name that comes more than once has a list of values. */
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  readonly value: Buffer | null;
  /** Why this is not all of a record, or a whole batch that cannot be read, in words; absent: it is all of one. */
  readonly flaw?: string;
};
