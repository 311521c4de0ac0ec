import { randomUUID } from 'node:crypto';
import type { Pool } from '@quadrille/db/connect';
import { readParked } from '@quadrille/db/parked';
import { readSkipped } from '@quadrille/db/skipped';
import { mysqlStorage } from '@quadrille/db/storage';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordOf } from '../../../test/support/events.ts';
import { withPackets } from '../../../test/support/packets.ts';
import { historyOf } from '../../../test/support/parked.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { inShort, spyOn } from '../../../test/support/spy-pool.ts';
import { created, reservationsOf, sizesOf, stockApp, stockUp } from '../../../test/support/stock.ts';
import { arrive } from '../arrival.ts';
import type { Delivered } from '../input.ts';
import { discard, edit, retry } from '../parked.ts';
import { toRecord } from '../parked-event.ts';
import { applyForCertain } from '../resilient.ts';

const trace = { by: 'ann', why: 'a test record' };

describe('the path of poison', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(() => stockUp(scratch.pool, 1, 1_000));
  afterAll(() => scratch?.drop());

  const deliver = (pool: Pool, records: readonly Delivered[]) =>
    applyForCertain(
      stockApp(pool, { storage: mysqlStorage(pool) }),
      records.map((record) => arrive(stock, record)),
    );
  const parked = () => readParked(scratch.pool, { after: 0, limit: 1_000 });
  let offset = 0;
  const sound = (): Delivered => ({ ...recordOf(created()), offset: String(offset++) });

  const megabyte = 1_048_576;
  it.each([
    ['a value', { value: Buffer.alloc(700_000, 'x') }, /kept: the first \d{6} of 700000 bytes of its value/],
    ['a value of 3 MB', { value: Buffer.alloc(3_000_000, 'x') }, /kept: the first \d{6} of 3000000 bytes of its value/],
    ['a header', { headers: { big: Buffer.alloc(700_000, 'x') } }, /none of 7000\d\d bytes of headers/],
    ['a key', { key: Buffer.alloc(700_000, 0xff) }, /the first \d{6} of 700000 bytes of its key/],
    [
      'everything',
      { key: Buffer.alloc(600_000), headers: { big: Buffer.alloc(600_000) }, value: Buffer.alloc(600_000) },
      /the first .* of its value, the first .* of its key, none of \d+ bytes of headers/,
    ],
  ])(
    'B7: with a max_allowed_packet of 1 MB, poison with 700 KB as %s is parked, and says what is kept',
    async (_what, change, cause) => {
      await withPackets(scratch.url, megabyte, async (pool) => {
        const poison = { ...sound(), value: Buffer.from('{'), ...change };
        const outcomes = await deliver(pool, [sound(), poison, sound()]);
        expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'parked', 'applied']);
        const [event, ...others] = await parked();
        expect(others).toEqual([]);
        expect(event?.cause).toMatch(cause);
        const kept = toRecord(event ?? expect.fail());
        expect(poison.value.subarray(0, kept.value?.length)).toEqual(kept.value);
        expect(poison.key?.subarray(0, kept.key?.length)).toEqual(kept.key);
        const deps = { storage: mysqlStorage(pool), participant: stock };
        const { correlationId = '', seq = 0 } = event ?? {};
        expect(await retry(deps, correlationId, trace)).toMatchObject({ released: 0, stuck: { attempts: 2 } });
        expect(await discard(deps, { correlationId, seqs: [seq] }, trace)).toEqual({ discarded: 1, left: 0 });
        expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 2 });
      });
    },
  );

  it('B7: a batch of parked events that is longer than one statement may be goes in several', async () => {
    await withPackets(scratch.url, megabyte, async (pool) => {
      const poisons = Array.from({ length: 12 }, () => ({ ...sound(), value: Buffer.alloc(200_000, 'x') }));
      await deliver(pool, [...poisons, ...Array.from({ length: 30 }, sound)]);
      const events = await parked();
      expect(events.map(({ payload }) => payload?.length)).toEqual(poisons.map(() => 200_000));
    });
  });

  it('B7: what was parked before max_allowed_packet was lowered is shown, edited, released and discarded all the same', async () => {
    const orderId = randomUUID();
    const long = { ...sound(), key: Buffer.from(orderId), value: Buffer.alloc(3_000_000, 'x') };
    await deliver(scratch.pool, [long]);
    await withPackets(scratch.url, megabyte, async (pool) => {
      const deps = { storage: mysqlStorage(pool), participant: stock };
      const [event] = await readParked(pool, { after: 0, limit: 10 });
      expect(event?.payload?.length).toBe(3_000_000);
      expect(await retry(deps, orderId, trace)).toMatchObject({ released: 0, stuck: { attempts: 2 } });
      const place = { correlationId: orderId, seq: event?.seq ?? 0 };
      const tooLong = edit(deps, place, { payload: Buffer.alloc(2_000_000) }, trace);
      await expect(tooLong).rejects.toThrow(/longer than the database takes.*max_allowed_packet/);
      await edit(deps, place, { payload: Buffer.from('{}') }, trace);
      expect(await discard(deps, { correlationId: orderId, seqs: [place.seq] }, trace)).toMatchObject({
        discarded: 1,
      });
      expect((await historyOf(scratch.pool)).map(({ action, payload }) => [action, payload?.length])).toEqual([
        ['edited', 3_000_000],
        ['discarded', 2],
      ]);
    });
  });

  it('B7: a batch of 500 events goes through a max_allowed_packet of 64 KB', async () => {
    await withPackets(scratch.url, 65_536, async (pool) => {
      const outcomes = await deliver(pool, Array.from({ length: 500 }, sound));
      expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true);
      expect(await sizesOf(scratch.pool)).toEqual({ inbox: 500, outbox: 500 });
    });
  });

  const trouble: [string, object][] = [
    ['is a fault of ours', {}],
    ['says that a value does not fit its column', { errno: 1406, sqlState: '22001' }],
    ['says that a statement is too long', { errno: 1153, sqlState: '08S01' }],
    ['says that a transaction is too large', { errno: 1197, sqlState: 'HY000' }],
  ];
  /** The database takes no row into `parked`, so many times. */
  const refusing = (times: number, error: object) => {
    let left = times;
    return spyOn(scratch.pool, (sql) => {
      if (inShort(sql) === 'INSERT parked' && left-- > 0) throw Object.assign(new Error('it does not fit'), error);
    });
  };
  const poison = () => ({ ...sound(), headers: { some: 'header' }, value: Buffer.alloc(100_000, 'x') });

  it.each(trouble)(
    'B7: where what is said when a record is parked %s, less and less of it is kept',
    async (_what, error) => {
      const kept: [payload: number | undefined, headers: string, cause: unknown][] = [
        [65_536, '{"some":"header"}', expect.stringContaining('(kept: beginning)')],
        [0, '{}', expect.stringContaining('(kept: no bytes)')],
      ];
      for (const [index, expected] of kept.entries()) {
        const record = poison();
        const outcomes = await deliver(refusing(index + 1, error), [record]);
        expect(outcomes.map(({ kind }) => kind)).toEqual(['parked']);
        const event = (await parked()).at(-1);
        expect([event?.payload?.length, String(event?.headers), event?.cause]).toEqual(expected);
        expect(event?.offset).toBe(Number(record.offset));
      }
    },
  );

  it.each(trouble)(
    'B7: where it %s whatever is left out, the place and the cause are kept, and orders go on',
    async (_what, error) => {
      const record = poison();
      const pool = refusing(Number.POSITIVE_INFINITY, error);
      const outcomes = await deliver(pool, [sound(), record, sound()]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'skipped', 'applied']);
      expect(await parked()).toEqual([]);
      await deliver(pool, [record]);
      expect(await readSkipped(scratch.pool, 10)).toMatchObject([
        {
          ...{ kind: 'unparkable', topic: 'order-events', partition: 0, records: 1 },
          ...{ fromOffset: Number(record.offset), toOffset: Number(record.offset) },
          cause: expect.stringContaining('header ce_specversion is missing'),
        },
      ]);
      expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 2 });
    },
  );
});
