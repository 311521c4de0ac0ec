import { findInconsistencies } from '@quadrille/stack/consistency';
import { processNames } from '@quadrille/stack/process-env';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const orders = 2_000;
const clients = 24;

describe('kill -9', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'warn' } });
    await system.rows('UPDATE eshop_stock.products SET available = 1500');
    const coupons = Array.from({ length: 300 }, (_, index) => `(${1000 + index}, 7, 100, 'unused', NULL, NULL)`);
    await system.rows(`INSERT INTO eshop_coupon.coupons VALUES ${coupons.join()}`);
  });
  afterAll(() => system?.stop());

  /** Plain orders, coupons (each asked for twice), wrong amounts, unknown products: every way an order can go. */
  const body = (index: number) => ({
    userId: 7,
    productId: index % 50 === 0 ? 99 : 1 + (index % 2),
    amount: index % 40 === 0 ? 1 : 1100 * (1 + (index % 2)),
    productCount: 1,
    couponId: index % 3 === 0 ? 1000 + (index % 300) : 0,
  });

  it('of each process in turn during 2,000 orders: each ends placed or cancelled, stock and coupons add up', async () => {
    const accepted: string[] = [];
    let next = 0;
    const client = async () => {
      while (next < orders) {
        const index = next++;
        // A server that is being killed refuses or breaks off; the customer tries again, with the same key.
        const submit = () => system.client.submit(body(index), { idempotencyKey: `order-${index}` });
        const { orderId } = await until('an accepted order', () => submit().catch(() => null));
        accepted.push(orderId);
        if (index % 10 === 0) await system.client.cancel(orderId).catch(() => null);
      }
    };
    const killer = async () => {
      for (const [turn, name] of processNames.entries()) {
        await until(`${turn} of the kills`, async () => accepted.length >= ((turn + 1) * orders) / 8);
        await system.stack.kill(name, 'SIGKILL');
        await system.stack.restart(name);
      }
    };
    await Promise.all([killer(), ...Array.from({ length: clients }, client)]);
    await system.settled();

    expect(new Set(accepted).size).toBe(orders);
    const found = await system.rows<{ orderId: string; status: string }>(
      'SELECT order_id AS orderId, status FROM eshop_order.orders',
    );
    expect(found).toHaveLength(orders);
    const byId = new Map(found.map(({ orderId, status }) => [orderId, status]));
    const statuses = new Map<string | undefined, number>();
    for (const orderId of accepted) statuses.set(byId.get(orderId), (statuses.get(byId.get(orderId)) ?? 0) + 1);
    expect([...statuses.keys()].sort()).toEqual(['awaiting-payment', 'cancelled']);
    expect(await findInconsistencies(system.stack.opsEnv)).toEqual([]);
    const [stock] = await system.rows<{ total: string }>(
      'SELECT SUM(available + reserved + sold) AS total FROM eshop_stock.products',
    );
    expect(Number(stock?.total)).toBe(3000);
  });
});
