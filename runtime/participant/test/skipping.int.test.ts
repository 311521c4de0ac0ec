import { addSkip, readSkipped } from '@quadrille/db/skipped';
import { mysqlStorage } from '@quadrille/db/storage';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordOf } from '../../../test/support/events.ts';
import { parkedOf } from '../../../test/support/parked.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { created, reservationsOf, stockApp, stockUp } from '../../../test/support/stock.ts';
import { until } from '../../../test/support/until.ts';
import { applyBatch } from '../apply.ts';
import { arrive } from '../arrival.ts';
import { watchFailureRate } from '../failure-rate.ts';
import type { Halt } from '../halt.ts';
import type { Delivered } from '../input.ts';
import { type Application, applyForCertain } from '../resilient.ts';

const trace = { by: 'ann', why: 'a bad release of the publisher' };

describe('what is kept by its place only', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(() => stockUp(scratch.pool, 1, 10_000));
  afterAll(() => scratch?.drop());

  const at = (record: Delivered, offset: number, partition = 0): Delivered => ({
    ...record,
    partition,
    offset: String(offset),
  });
  const junk = (offset: number, partition = 0): Delivered => ({
    ...{ topic: 'order-events', partition, offset: String(offset) },
    ...{ key: null, headers: {}, value: Buffer.from('{"some":"thing"}') },
  });
  const sound = (offset: number) => at(recordOf(created()), offset);
  /** Claims to be an event of ours, and is none. */
  const broken = (offset: number) => ({ ...sound(offset), value: Buffer.from('{}') });
  const deliver = (records: readonly Delivered[], change: Parameters<typeof stockApp>[1] = {}) =>
    applyForCertain(
      stockApp(scratch.pool, change),
      records.map((record) => arrive(stock, record)),
    );
  const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

  it('B4: unrecognized records beyond the bound are a range with a count; what comes again is not counted again', async () => {
    const limits = { limits: { mostParked: 3 } };
    const first = [junk(10), junk(11), sound(12), junk(13), junk(14), junk(0, 1), sound(15)];
    expect(kindsOf(await deliver(first, limits))).toEqual([
      'parked',
      'parked',
      'applied',
      'parked',
      'skipped',
      'skipped',
      'applied',
    ]);
    expect(await parkedOf(scratch.pool)).toHaveLength(3);
    await deliver(first, limits);
    await deliver([junk(16), junk(17), sound(18)], limits);
    const ranges = await readSkipped(scratch.pool, 10);
    expect(ranges).toMatchObject([
      { kind: 'unrecognized', partition: 1, fromOffset: 0, toOffset: 0, records: 1, decidedBy: null },
      { partition: 0, fromOffset: 14, toOffset: 17, records: 3, cause: 'header ce_specversion is missing' },
    ]);
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 3 });
    // There is space again once somebody has discarded some.
    await scratch.pool.query('DELETE FROM parked LIMIT 1');
    expect(kindsOf(await deliver([junk(19), junk(20)], limits))).toEqual(['parked', 'skipped']);
  });

  it('B4: a hundred thousand unrecognized records are a few rows, and never stop the service', async () => {
    const halts: (Halt | null)[] = [];
    const app = stockApp(scratch.pool, { halted: async (halt) => void halts.push(halt) });
    let next = 0;
    for (let batch = 0; batch < 200; batch++)
      await applyForCertain(
        app,
        Array.from({ length: 500 }, () => arrive(stock, junk(next++))),
      );
    await deliver([sound(next)]);
    expect(halts).toEqual([]);
    expect(await parkedOf(scratch.pool)).toHaveLength(1_000);
    expect(await readSkipped(scratch.pool, 10)).toMatchObject([
      { fromOffset: 1_000, toOffset: 99_999, records: 99_000 },
    ]);
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 1 });
  });

  it('B4: sixty unrecognized records do not trip the bad share, sixty broken events of ours do; a skip lets it go on', async () => {
    await deliver(Array.from({ length: 60 }, (_, index) => junk(index)));
    const halts: (Halt | null)[] = [];
    const app: Partial<Application<never, never>> = { halted: async (halt) => void halts.push(halt) };
    const records = [...Array.from({ length: 60 }, (_, index) => broken(60 + index)), sound(120)];
    const delivering = deliver(records, { failureRate: watchFailureRate(), halted: app.halted as never });
    await until('it stands', async () => halts.length > 0);
    const range = { topic: 'order-events', partition: 0, fromOffset: 60, toOffset: 119 };
    expect(halts[0]).toMatchObject({
      ranges: [range],
      message: expect.stringContaining(
        'skip --service stock --topic order-events --partition 0 --from 60 --to 119 --dry-run',
      ),
    });
    await addSkip(scratch.pool, range, trace);
    expect(kindsOf(await delivering)).toEqual([...Array.from({ length: 60 }, () => 'skipped'), 'applied']);
    expect(halts.at(-1)).toBeNull();
    // After a crash it all comes again.
    expect(kindsOf(await deliver(records))).toEqual([...Array.from({ length: 60 }, () => 'skipped'), 'duplicate']);
    expect(await readSkipped(scratch.pool, 1)).toMatchObject([
      { ...range, kind: 'skipped', records: 60, passedTo: 119, decidedBy: 'ann', why: trace.why },
    ]);
  });

  it('B4: a skip takes only what is in its range, and what was skipped can be delivered after all', async () => {
    await addSkip(scratch.pool, { topic: 'order-events', partition: 0, fromOffset: 5, toOffset: 6 }, trace);
    const records = [sound(4), sound(5), at(sound(0), 5, 1), sound(6), sound(7), { ...sound(6), topic: 'pay-events' }];
    expect(kindsOf(await deliver(records))).toEqual(['applied', 'skipped', 'applied', 'skipped', 'applied', 'parked']);
    // As a replay does.
    const again = await applyBatch(
      mysqlStorage(scratch.pool),
      stock,
      records.map((record) => arrive(stock, record)),
    );
    expect(kindsOf(again)).toEqual(['duplicate', 'applied', 'duplicate', 'applied', 'duplicate', 'duplicate']);
    expect(await reservationsOf(scratch.pool)).toEqual({ reserved: 5 });
  });

  it('B4: a skip that was passed by more than an hour ago takes nothing any more', async () => {
    await addSkip(scratch.pool, { topic: 'order-events', partition: 0, fromOffset: 5, toOffset: 6 }, trace);
    await deliver([sound(5), sound(6)]);
    await scratch.pool.query('UPDATE skipped_ranges SET changed_at = changed_at - INTERVAL 2 HOUR');
    expect(kindsOf(await deliver([sound(6)]))).toEqual(['applied']);
  });
});
