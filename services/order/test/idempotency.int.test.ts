import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { purgeKeys } from '../idempotency.ts';
import { type Instance, request, type Sent, startInstance } from './instance.ts';

describe('a submission with an idempotency key', () => {
  let scratch: Scratch;
  let here: Instance;
  let there: Instance;
  beforeAll(async () => {
    scratch = await scratchDatabase('order');
    here = startInstance(scratch.url);
    there = startInstance(scratch.url);
  });
  afterAll(async () => {
    await here?.stop();
    await there?.stop();
    await scratch?.drop();
  });
  beforeEach(() => empty());
  afterEach(async () => {
    // Each order is told of once.
    const [orders, created] = [
      await idsOf('SELECT order_id AS id FROM orders'),
      await idsOf('SELECT correlation_id AS id FROM outbox'),
    ];
    expect(created).toEqual(orders);
  });

  const empty = async () => {
    for (const table of ['orders', 'outbox', 'idempotency_keys']) await scratch.pool.query(`DELETE FROM ${table}`);
  };
  const idsOf = async (sql: string) =>
    ((await scratch.pool.query(sql))[0] as unknown as { id: string }[]).map(({ id }) => id).sort();
  const stored = () => idsOf('SELECT order_id AS id FROM orders');
  const sent = (idempotencyKey: string, changes: Partial<typeof request> = {}): Sent => ({
    order: { ...request, ...changes },
    idempotencyKey,
  });
  const many = (count: number, each: Sent) => Array<Sent>(count).fill(each);
  const aged = (interval: string) =>
    scratch.pool.query(`UPDATE idempotency_keys SET created_at = UTC_TIMESTAMP(3) - INTERVAL ${interval}`);

  it('a hundred times in one batch: one order, one answer', async () => {
    const before = here.batches.length;
    const answers = await here.submit(...many(100, sent('k')));
    expect(here.batches.slice(before)).toEqual([100]);
    const orders = await stored();
    expect(orders).toHaveLength(1);
    expect(answers).toEqual(Array(100).fill({ orderId: orders[0] }));
  });

  it('a hundred times in a hundred calls to two instances at once: one order, one answer', async () => {
    const calls = Array.from({ length: 100 }, (_, index) => (index % 2 ? here : there).submit(sent('k')));
    const answers = (await Promise.all(calls)).flat();
    const orders = await stored();
    expect(orders).toHaveLength(1);
    expect(answers).toEqual(Array(100).fill({ orderId: orders[0] }));
  });

  it('many keys at once over two instances, in opposite orders: one order for each', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => sent(`key ${index}`));
    const [some, others] = await Promise.all([here.submit(...keys), there.submit(...keys.toReversed())]);
    expect(some).toEqual(others.toReversed());
    expect((await stored()).length).toBe(50);
  });

  it('again later: the first answer, although the order has moved on', async () => {
    const [first] = await here.submit(sent('k'));
    await scratch.pool.query("UPDATE orders SET status = 'cancelled', version = 9");
    expect(await there.submit(sent('k'))).toEqual([first]);
    const [[row]] = (await scratch.pool.query('SELECT status, version FROM orders')) as unknown as [unknown[]];
    expect(row).toEqual({ status: 'cancelled', version: 9 });
  });

  it('with another body: nothing is done, whether together or later', async () => {
    const [first, other] = await here.submit(sent('k'), sent('k', { amount: 2200, productCount: 2 }));
    expect(other).toEqual({ reused: true });
    expect(await there.submit(sent('k', { couponId: 7 }), sent('k'))).toEqual([{ reused: true }, first]);
    expect(await stored()).toHaveLength(1);
  });

  it('of another user, or without a key: another order each', async () => {
    const answers = await here.submit(sent('k'), sent('k', { userId: 2 }), { order: request }, { order: request });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(4);
    expect(await stored()).toHaveLength(4);
  });

  it('is forgotten after 24 hours: the same again is a new order, and the key is its from then on', async () => {
    const [first] = await here.submit(sent('k'));
    await aged('23 HOUR');
    expect(await here.submit(sent('k'))).toEqual([first]);
    await aged('24 HOUR');
    const [second] = await here.submit(sent('k', { amount: 2200, productCount: 2 }));
    expect(second).not.toEqual(first);
    expect(await there.submit(sent('k', { amount: 2200, productCount: 2 }), sent('k'))).toEqual([
      second,
      { reused: true },
    ]);
    expect(await stored()).toHaveLength(2);
  });

  it('is purged after 24 hours, a thousand at a time, and not before', async () => {
    const keys = Array.from({ length: 1_100 }, (_, index) => sent(`key ${index}`));
    for (let from = 0; from < keys.length; from += 400) await here.submit(...keys.slice(from, from + 400));
    await aged('23 HOUR');
    expect(await purgeKeys(scratch.pool)).toBe(0);
    await aged('25 HOUR');
    await there.submit(sent('young'));
    expect(await purgeKeys(scratch.pool)).toBe(1_000);
    expect(await purgeKeys(scratch.pool)).toBe(100);
    expect(await purgeKeys(scratch.pool)).toBe(0);
    expect(await idsOf('SELECT key_hash AS id FROM idempotency_keys')).toHaveLength(1);
  });

  it('is not kept as it came: nobody who reads the table learns it', async () => {
    await here.submit(sent('my-secret-basket'));
    const [rows] = await scratch.pool.query('SELECT * FROM idempotency_keys');
    expect(JSON.stringify(rows)).not.toContain('basket');
  });
});
