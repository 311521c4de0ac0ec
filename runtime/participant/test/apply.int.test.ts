import { randomUUID } from 'node:crypto';
import { paymentSucceeded } from '@quadrille/contracts/payment-events';
import { mysqlStorage } from '@quadrille/db/storage';
import { stock } from '@quadrille/services/stock/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { received } from '../../../test/support/events.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { inShort, noteTrips, spyOn } from '../../../test/support/spy-pool.ts';
import {
  cancelled,
  created,
  input,
  productsOf,
  reservationsOf,
  saidOf,
  sizesOf,
  stockUp,
} from '../../../test/support/stock.ts';
import { applyBatch } from '../apply.ts';

const times = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('applyBatch', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
  });
  beforeEach(() => stockUp(scratch.pool, 2, 1_000));
  afterAll(() => scratch?.drop());

  const apply = (inputs: Parameters<typeof input>[0][]) =>
    applyBatch(
      mysqlStorage(scratch.pool),
      stock,
      inputs.map((event) => input(event)),
    );
  /** All that a batch may change. */
  const everything = async () => ({
    products: await productsOf(scratch.pool),
    reservations: await reservationsOf(scratch.pool),
    ...(await sizesOf(scratch.pool)),
  });

  it('200 orders of one product are one transaction of nine statements', async () => {
    const statements: string[] = [];
    const watched = spyOn(scratch.pool, (sql) => void statements.push(inShort(sql)));
    await applyBatch(
      mysqlStorage(watched),
      stock,
      times(200, () => input(created())),
    );
    expect(statements).toEqual([
      'START',
      'SELECT inbox',
      'SELECT reservations',
      'SELECT products',
      'INSERT reservations',
      'INSERT products',
      'INSERT outbox',
      'INSERT inbox',
      'COMMIT',
    ]);
    expect(await everything()).toEqual({
      products: [
        { available: 800, reserved: 200, sold: 0 },
        { available: 1_000, reserved: 0, sold: 0 },
      ],
      reservations: { reserved: 200 },
      inbox: 200,
      outbox: 200,
    });
  });

  it.each([
    ['that name their rows', () => [created(), created(randomUUID(), 2)], 2],
    ['some of whose rows are found by other rows', () => [created(), cancelled(randomUUID())], 3],
  ])('events %s take as few round trips as can be', async (_, eventsOf, expected) => {
    const trips: string[] = [];
    const storage = mysqlStorage(noteTrips(scratch.pool, trips));
    await applyBatch(
      storage,
      stock,
      eventsOf().map((event) => input(event)),
    );
    expect(trips).toHaveLength(expected);
    expect(trips.at(-1)).toMatch(/^INSERT .* \/ COMMIT$/s);
  });

  it('later events of a batch see what earlier ones did, and events of an order come out in order', async () => {
    const orderId = randomUUID();
    const events = [
      created(orderId, 1, 600),
      created(randomUUID(), 1, 600),
      cancelled(orderId),
      created(randomUUID(), 1, 1_000),
    ];
    const outcomes = await apply(events);
    expect(outcomes.map((outcome) => outcome.kind === 'applied' && stock.status(outcome.state))).toEqual([
      'reserved',
      'rejected',
      'released',
      'reserved',
    ]);
    expect((await saidOf(scratch.pool))[orderId]).toEqual(['stock-reserved', 'stock-released']);
    expect(await productsOf(scratch.pool)).toMatchObject([{ available: 0, reserved: 1_000 }, {}]);
  });

  it('R40: duplicates in a batch change nothing', async () => {
    const event = created();
    const outcomes = await apply([event, event, created(), event]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'duplicate', 'applied', 'duplicate']);
    expect(await everything()).toMatchObject({ products: [{ reserved: 2 }, {}], inbox: 2, outbox: 2 });
  });

  it('R40: duplicates of earlier batches change nothing, also beside new events', async () => {
    const events = times(20, () => created());
    await apply(events);
    const before = await everything();
    expect((await apply(events)).every(({ kind }) => kind === 'duplicate')).toBe(true);
    expect(await everything()).toEqual(before);
    const outcomes = await apply([...events.slice(0, 5), created(), ...events.slice(5)]);
    expect(outcomes.filter(({ kind }) => kind === 'applied')).toHaveLength(1);
    expect(await everything()).toMatchObject({ products: [{ reserved: 21 }, {}], inbox: 21, outbox: 21 });
  });

  it('R28: an error thrown by the rule of a command leaves nothing behind', async () => {
    const before = await everything();
    const broken = input(created(), () => {
      throw new TypeError('a bug in a rule');
    });
    const inputs = [input(created()), { ...broken, event: null, delivery: null }];
    await expect(applyBatch(mysqlStorage(scratch.pool), stock, inputs)).rejects.toThrow('a bug in a rule');
    expect(await everything()).toEqual(before);
  });

  it.each(['INSERT inbox', 'INSERT reservations', 'INSERT products', 'INSERT outbox', 'COMMIT'])(
    'R28: dying before %s leaves nothing behind; delivered again, all is done once',
    async (place) => {
      const events = times(3, () => created());
      const before = await everything();
      const dying = spyOn(scratch.pool, (sql) => {
        if (inShort(sql) === place) throw new Error('died');
      });
      const inputs = events.map((event) => input(event));
      await expect(applyBatch(mysqlStorage(dying), stock, inputs)).rejects.toThrow('died');
      expect(await everything()).toEqual(before);
      await apply(events);
      expect(await everything()).toMatchObject({ products: [{ reserved: 3 }, {}], inbox: 3, outbox: 3 });
    },
  );

  it('R42: when the answer to COMMIT is lost, delivering again changes nothing', async () => {
    const events = times(3, () => created());
    const deaf = spyOn(
      scratch.pool,
      () => {},
      (sql) => {
        if (sql === 'COMMIT') throw new Error('no answer');
      },
    );
    const inputs = events.map((event) => input(event));
    await expect(applyBatch(mysqlStorage(deaf), stock, inputs)).rejects.toThrow('no answer');
    const after = await everything();
    expect(after).toMatchObject({ products: [{ reserved: 3 }, {}], inbox: 3, outbox: 3 });
    await apply(events);
    expect(await everything()).toEqual(after);
  });

  it('a command is never taken for a duplicate', async () => {
    const orderId = randomUUID();
    const command = { ...input(created(orderId)), event: null, delivery: null };
    const outcomes = await applyBatch(mysqlStorage(scratch.pool), stock, [
      { ...command, decide: () => ({}) },
      { ...command, decide: () => ({}) },
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'applied']);
    expect(await sizesOf(scratch.pool)).toEqual({ inbox: 0, outbox: 0 });
  });

  it('an event carries on the trace of what caused it, and names it', async () => {
    const cause = created();
    await apply([cause]);
    const [[row]] = (await scratch.pool.query(
      'SELECT causation_id AS cause, traceparent, correlation_id AS orderId FROM outbox',
    )) as unknown as [{ cause: string; traceparent: string; orderId: string }[]];
    expect(row).toMatchObject({ cause: cause.id, orderId: cause.correlationId });
    expect(row?.traceparent.slice(0, 35)).toBe(cause.traceparent.slice(0, 35));
    expect(row?.traceparent).not.toBe(cause.traceparent);
  });

  it('an order that is sold and then cancelled gives back what it had', async () => {
    const orderId = randomUUID();
    const paid = received(orderId, paymentSucceeded.of({ paymentId: randomUUID(), amount: 1 }));
    await apply([created(orderId, 1, 7), paid]);
    expect(await productsOf(scratch.pool)).toMatchObject([{ available: 993, reserved: 0, sold: 7 }, {}]);
    await apply([cancelled(orderId)]);
    expect(await productsOf(scratch.pool)).toMatchObject([{ available: 1_000, reserved: 0, sold: 0 }, {}]);
  });
});
