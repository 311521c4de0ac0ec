import { transact } from '@quadrille/db/transaction';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPackets } from '../../test/support/packets.ts';
import { insertUnrecognized } from '../projection/unrecognized.ts';
import { scratchReadModel } from './scratch.ts';

describe('unrecognized', () => {
  let scratch: Awaited<ReturnType<typeof scratchReadModel>>;
  beforeAll(async () => {
    scratch = await scratchReadModel();
  });
  afterAll(() => scratch?.drop());

  it('B7: a batch of long ones goes through a max_allowed_packet of 1 MB', async () => {
    const long = Buffer.alloc(700_000, 'x');
    const unrecognized = Array.from({ length: 100 }, (_, offset) => ({
      cause: 'no event of ours',
      record: { topic: 'some-events', partition: 0, offset: String(offset), key: long, headers: { long }, value: long },
    }));
    await withPackets(scratch.url, 1_048_576, (pool) =>
      transact(pool, (tx) => insertUnrecognized(tx, '', unrecognized, new Date())),
    );
    const [[found]] = (await scratch.pool.query('SELECT COUNT(*) AS n FROM strays')) as unknown as [{ n: number }[]];
    expect(found?.n).toBe(100);
  });
});
