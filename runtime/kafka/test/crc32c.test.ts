import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../crc32c.ts';

const theirs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

describe('the checksum of batches', () => {
  it('is CRC-32C, by the check value of its specification', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('is that of kafkajs, for any bytes of any length', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = crypto.getRandomValues(Buffer.alloc(length));
      expect(crc32c(bytes), bytes.toString('hex')).toBe(theirs(bytes));
    }
  });
});
