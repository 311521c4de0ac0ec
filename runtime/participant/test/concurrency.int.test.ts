import { randomUUID } from 'node:crypto';
import type { Pool } from '@quadrille/db/connect';
import { connect } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { createQueue } from '@quadrille/process/queue';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { latch, meeting } from '../../../test/support/latch.ts';
import { randomFrom } from '../../../test/support/random.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { inShort, spyOn } from '../../../test/support/spy-pool.ts';
import {
  cancelled,
  created,
  input,
  productsOf,
  reservationsOf,
  saidOf,
  sizesOf,
  stockApp,
  stockUp,
} from '../../../test/support/stock.ts';
import { until } from '../../../test/support/until.ts';
import { applyBatch } from '../apply.ts';
import { applyForCertain } from '../resilient.ts';

type Incoming = Parameters<typeof input>[0];

describe('many at once', () => {
  let scratch: Scratch;
  let wide: Pool;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    wide = connect(scratch.url, 64);
  });
  afterAll(async () => {
    await wide?.end();
    await scratch?.drop();
  });
  beforeEach(() => stockUp(scratch.pool, 20, 1_000));

  const apply = (events: readonly Incoming[], pool = wide) =>
    applyBatch(
      mysqlStorage(pool),
      stock,
      events.map((event) => input(event)),
    );
  /** As a service does: what stays in conflict is tried again. */
  const applyUntilDone = (events: readonly Incoming[]) =>
    applyForCertain(
      stockApp(wide),
      events.map((event) => input(event)),
    );

  it('R27: 64 batches on the same products in opposite orders lose no update', async () => {
    const products = Array.from({ length: 20 }, (_, index) => index + 1);
    const batches = Array.from({ length: 64 }, (_, index) =>
      (index % 2 ? products : products.toReversed()).map((productId) => created(randomUUID(), productId)),
    );
    await Promise.all(batches.map(applyUntilDone));
    expect(await productsOf(scratch.pool)).toEqual(products.map(() => ({ available: 936, reserved: 64, sold: 0 })));
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 1_280, outbox: 1_280 });
  });

  it('R15: 64 batches with the same events in different orders take each in once', async () => {
    const random = randomFrom(2);
    const events = Array.from({ length: 20 }, (_, index) => created(randomUUID(), index + 1));
    const outcomes = await Promise.all(Array.from({ length: 64 }, () => applyUntilDone(random.shuffle(events))));
    expect(outcomes.flat().filter(({ kind }) => kind === 'applied')).toHaveLength(20);
    expect(await productsOf(scratch.pool)).toEqual(events.map(() => ({ available: 999, reserved: 1, sold: 0 })));
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 20, outbox: 20 });
  });

  it('R27: 64 batches that overlap in events and in products lose nothing and repeat nothing', async () => {
    const random = randomFrom(3);
    const events = Array.from({ length: 300 }, () => created(randomUUID(), 1 + random.below(20)));
    const batches = events.map((event) => [event]).slice(0, 64);
    // Each event goes into three of the batches.
    for (const event of events) for (let copy = 0; copy < 3; copy++) random.pick(batches).push(event);
    await Promise.all(batches.map(applyUntilDone));
    const taken = new Set(batches.flat().map(({ id }) => id)).size;
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: taken, outbox: taken });
    const reserved = (await productsOf(scratch.pool)).map((product) => product.reserved);
    expect(reserved.reduce((sum, each) => sum + each, 0)).toBe(taken);
    expect((await productsOf(scratch.pool)).every(({ available, reserved }) => available + reserved === 1_000)).toBe(
      true,
    );
  });

  it('R15: two processes with a queue each, given the same events, have each effect once', async () => {
    const events = Array.from({ length: 200 }, (_, index) => created(randomUUID(), 1 + (index % 20)));
    const process = () => createQueue<Incoming, unknown>(applyUntilDone, 50);
    const [one, other] = [process(), process()];
    await Promise.all([
      ...events.map((event) => one.add([event])),
      ...events.toReversed().map((event) => other.add([event])),
    ]);
    expect(await productsOf(scratch.pool)).toEqual(
      Array.from({ length: 20 }, () => ({ available: 990, reserved: 10, sold: 0 })),
    );
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 200, outbox: 200 });
  });

  it('R30: of 500 orders for one piece exactly one gets it', async () => {
    await stockUp(scratch.pool, 1, 1);
    const orders = Array.from({ length: 500 }, () => created());
    const batches = Array.from({ length: 50 }, (_, index) => orders.slice(index * 10, index * 10 + 10));
    await Promise.all(batches.map(applyUntilDone));
    expect(await productsOf(scratch.pool)).toEqual([{ available: 0, reserved: 1, sold: 0 }]);
    expect(await reservationsOf(scratch.pool)).toEqual({ rejected: 499, reserved: 1 });
  });

  /** Statements under way that lock reservations: while another transaction holds the row, they wait for it. */
  const waitingForLocks = async (): Promise<number> => {
    const [rows] = await scratch.pool.query(
      `SELECT COUNT(*) AS n FROM information_schema.processlist
       WHERE db = ? AND info LIKE '%FROM \`reservations\`%FOR UPDATE'`,
      [scratch.database],
    );
    return (rows as { n: number }[])[0]?.n ?? 0;
  };

  it.each([
    ['the step', 'its compensation', [created, cancelled], 'released', ['stock-reserved', 'stock-released']],
    ['the compensation', 'its step', [cancelled, created], 'tombstone', ['stock-released']],
  ] as const)('R26: %s about to commit when %s is decided: stock as before', async (_, __, order, status, said) => {
    const orderId = randomUUID();
    const [first, second] = order.map((make) => make(orderId)) as [Incoming, Incoming];
    const firstHolds = latch();
    const holding = spyOn(wide, async (sql) => {
      if (sql !== 'COMMIT') return;
      firstHolds.open();
      await until('the second waits for the lock of the first', async () => (await waitingForLocks()) > 0);
    });
    const committing = apply([first], holding);
    await firstHolds.opened;
    await Promise.all([committing, apply([second])]);
    expect(await reservationsOf(scratch.pool)).toEqual({ [status]: 1 });
    expect(await saidOf(scratch.pool)).toEqual({ [orderId]: said });
    expect(await sizesOf(scratch.pool)).toMatchObject({ inbox: 2 });
    expect((await productsOf(scratch.pool))[0]).toEqual({ available: 1_000, reserved: 0, sold: 0 });
  });

  it('R26: step and compensation decided at the same moment, 30 times: stock as before', async () => {
    for (let round = 0; round < 30; round++) {
      const orderId = randomUUID();
      const bothLoaded = meeting(2);
      let waits = 0;
      // Both have looked for the reservation before either writes it.
      const together = spyOn(wide, async (sql) => {
        if (inShort(sql) === 'INSERT reservations' && ++waits <= 2) await bothLoaded();
      });
      await Promise.all([apply([created(orderId)], together), apply([cancelled(orderId)], together)]);
    }
    const { released = 0, tombstone = 0, ...others } = await reservationsOf(scratch.pool);
    expect([released + tombstone, others]).toEqual([30, {}]);
    expect((await productsOf(scratch.pool))[0]).toEqual({ available: 1_000, reserved: 0, sold: 0 });
  });
});
