import { transact } from '@quadrille/db/transaction';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPackets } from '../../test/support/packets.ts';
import { insertStrays } from '../projection/strays.ts';
import { scratchReadModel } from './scratch.ts';

describe('strays', () => {
  let scratch: Awaited<ReturnType<typeof scratchReadModel>>;
  beforeAll(async () => {
    scratch = await scratchReadModel();
  });
  afterAll(() => scratch?.drop());

  it('B7: a batch of long ones goes through a max_allowed_packet of 1 MB', async () => {
    const long = Buffer.alloc(700_000, 'x');
    const strays = Array.from({ length: 100 }, (_, offset) => ({
      cause: 'no event of ours',
      record: { topic: 'some-events', partition: 0, offset: String(offset), key: long, headers: { long }, value: long },
    }));
    await withPackets(scratch.url, 1_048_576, (pool) =>
      transact(pool, (tx) => insertStrays(tx, '', strays, new Date())),
    );
    const [[found]] = (await scratch.pool.query('SELECT COUNT(*) AS strays FROM strays')) as unknown as [
      { strays: number }[],
    ];
    expect(found?.strays).toBe(100);
  });
});
