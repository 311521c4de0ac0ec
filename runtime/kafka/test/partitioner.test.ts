import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { partitioner } from '../partitioner.ts';

const partitionMetadata = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({
    ...{ partitionErrorCode: 0, partitionId, leader: 0, replicas: [], isr: [] },
  }));

describe('the partition of a key', () => {
  const [ours, theirs] = [partitioner(), kafkajs.Partitioners.DefaultPartitioner()];
  const both = (key: Buffer | string, count: number) => {
    const choice = { topic: 't', partitionMetadata: partitionMetadata(count), message: { key, value: null } };
    return [ours(choice), theirs(choice)];
  };

  it('is that which kafkajs chooses, whatever the key', () => {
    for (const count of [1, 2, 6, 7, 12, 100]) {
      for (let length = 0; length < 40; length++) {
        const bytes = Buffer.from(Array.from({ length }, (_, at) => (at * 89 + length * 31 + count) & 0xff));
        const [mine, other] = both(bytes, count);
        expect(mine).toBe(other);
      }
      for (const key of [...Array.from({ length: 200 }, () => randomUUID()), 'ö', '漢字', '']) {
        const [mine, other] = both(key, count);
        expect(mine).toBe(other);
      }
    }
  });

  it('and without a key any that there is', () => {
    const choice = { topic: 't', partitionMetadata: partitionMetadata(3), message: { value: null } };
    expect([0, 1, 2]).toContain(ours(choice));
  });
});
