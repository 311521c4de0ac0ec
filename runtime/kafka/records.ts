import type { IncomingRecord } from './record.ts';
import { flawOf, isGap } from './record-batch.ts';

type Batch = {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly {
    readonly offset: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers?: IncomingRecord['headers'];
  }[];
};

/** The records of a batch that kafkajs hands over; none where it holds but control records, or what was compacted away. */
export const recordsOf = ({ topic, partition, messages }: Batch): IncomingRecord[] =>
  messages.flatMap((message) => {
    if (isGap(message)) return [];
    const { offset, key, value, headers = {} } = message;
    const flaw = flawOf(message);
    return { topic, partition, offset, key, headers, value, ...(flaw !== undefined && { flaw }) };
  });
