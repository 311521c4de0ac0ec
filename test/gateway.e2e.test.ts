import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';

type Problem = { status: number; title: string; errors?: { field: string }[] };

const plain = { userId: 3, productId: 2, amount: 2200, productCount: 1, couponId: 0 };

describe('the gateway', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'warn' } });
  });
  afterAll(() => system?.stop());

  const written = async () =>
    (
      await system.rows(
        `SELECT (SELECT COUNT(*) FROM eshop_order.orders) AS orders, (SELECT COUNT(*) FROM eshop_order.outbox) AS outbox,
                (SELECT COUNT(*) FROM eshop_stock.reservations) AS reservations`,
      )
    )[0];

  it.each<[string, unknown, number, string]>([
    ['no JSON', '{"userId":1,', 400, ''],
    ['a missing field', { ...plain, amount: undefined }, 400, 'amount'],
    ['an unknown field', { ...plain, price: 1 }, 400, 'price'],
    ['a wrong type', { ...plain, userId: '1' }, 400, 'userId'],
    ['a negative number', { ...plain, productCount: -1 }, 400, 'productCount'],
    ['a huge number', { ...plain, amount: 1e300 }, 400, 'amount'],
    ['a body over 64 KB', { ...plain, padding: 'x'.repeat(70_000) }, 413, ''],
  ])('%s is a problem that names the field, and nothing is written', async (_what, body, status, field) => {
    const before = await written();
    const answer = await system.call<Problem>('POST', '/api/v1/orders', body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    if (field) expect(answer.body.errors?.map((error) => error.field)).toContain(field);
    expect(await written()).toEqual(before);
  });

  it('an order read right after its 202 is never a 404', async () => {
    const statuses = new Set<number>();
    const client = async () => {
      for (let turn = 0; turn < 10; turn++) {
        const orderId = await system.submit(plain);
        statuses.add((await system.call('GET', `/api/v1/orders/${orderId}`)).status);
      }
    };
    await Promise.all(Array.from({ length: 20 }, client));
    expect([...statuses]).toEqual([200]);
    await system.settled();
  });

  it('waits for the order to be placed, and says nothing new to who has seen it', async () => {
    const orderId = await system.submit({ ...plain, productId: 1, amount: 1100 });
    const placed = await system.call<{ status: string }>('GET', `/api/v1/orders/${orderId}?wait=30&until=placed`);
    expect(placed.body.status).toBe('awaiting-payment');
    const etag = placed.headers.get('etag') ?? '';
    expect((await system.call('GET', `/api/v1/orders/${orderId}`, undefined, { 'if-none-match': etag })).status).toBe(
      304,
    );
  });

  it('with the order service away: 503 with Retry-After; and once it is back, orders are taken', async () => {
    await system.stack.kill('order', 'SIGKILL');
    const answer = await system.call<Problem>('POST', '/api/v1/orders', plain);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    await system.stack.restart('order');
    const order = { ...plain, productId: 1, amount: 1100 };
    expect(await system.client.submitAndWait(order, { timeout: 60_000 })).toMatchObject({ status: 'awaiting-payment' });
  });
});
