import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '@quadrille/contracts/orders-http';
import { findInconsistencies } from '@quadrille/stack/consistency';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from './support/random.ts';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const pairs = 2_000;
const clients = 64;
const random = randomFrom(4);

type Placed = OrderView & { payment: NonNullable<OrderView['payment']> };

/** Runs `work` for each index, some at a time. */
const forEach = async (count: number, work: (index: number) => Promise<void>) => {
  let next = 0;
  const client = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: clients }, client));
};

const place = async (system: System): Promise<Placed> => {
  const orderId = await system.submit({ userId: 7, productId: 1, amount: 1100, productCount: 1, couponId: 0 });
  const { body } = await system.call<OrderView>('GET', `/api/v1/orders/${orderId}?wait=60&until=placed`);
  if (!body.payment) throw new Error(`order ${orderId} is ${body.status} and has no payment`);
  return { ...body, payment: body.payment };
};

const pay = async ({ payment }: Placed, system: System, choice: string) => {
  const body = new URLSearchParams({ action: 'pay', choice });
  const page = new URL(`/pay/${payment.paymentId}`, system.stack.urls.gateway);
  const { status } = await fetch(page, { method: 'POST', body, redirect: 'manual' });
  expect(status).toBe(303);
};

/** What the provider has of each order, by its own books: charged and not given back. */
const moneyOf = async (system: System) => {
  const rows = await system.rows<{ orderId: string; kept: string | null }>(
    `SELECT p.order_id AS orderId, SUM(CASE WHEN t.status = 'charged' THEN t.amount END) AS kept
     FROM eshop_pay.payments p LEFT JOIN eshop_test_provider.charges t USING (payment_id) GROUP BY p.order_id`,
  );
  return new Map(rows.map(({ orderId, kept }) => [orderId, Number(kept ?? 0)]));
};

const atRest = (system: System) =>
  until(
    'every order and payment at its end',
    async () => {
      const [row] = await system.rows<{ n: number }>(
        `SELECT (SELECT COUNT(*) FROM eshop_order.orders WHERE status NOT IN ('paid', 'cancelled'))
              + (SELECT COUNT(*) FROM eshop_pay.charges WHERE status = 'to-refund')
              + (SELECT COUNT(*) FROM eshop_test_provider.charges WHERE due_at IS NOT NULL) AS n`,
      );
      return Number(row?.n) === 0;
    },
    120_000,
  );

/** Paid and charged once, or cancelled and nothing charged; and how many of each, with those whose money went back. */
const countOutcomes = async (system: System, orders: readonly Placed[], what: string) => {
  const money = await moneyOf(system);
  const rows = await system.rows<{ orderId: string; status: string; refunds: number }>(
    `SELECT o.order_id AS orderId, o.status, COUNT(c.charge_id) AS refunds FROM eshop_order.orders o
     LEFT JOIN eshop_pay.charges c ON c.order_id = o.order_id AND c.status = 'refunded' GROUP BY o.order_id, o.status`,
  );
  const ends = new Map(rows.map((row) => [row.orderId, row]));
  const wrong = orders.filter(({ orderId, payment }) => {
    const end = ends.get(orderId)?.status;
    return !(
      (end === 'paid' && money.get(orderId) === payment.amount) ||
      (end === 'cancelled' && money.get(orderId) === 0)
    );
  });
  const ended = orders.map(({ orderId }) => ends.get(orderId));
  const paid = ended.filter((end) => end?.status === 'paid').length;
  const refunded = ended.filter((end) => Number(end?.refunds) > 0).length;
  const cancelled = ended.length - paid;
  process.stdout.write(
    `${what}: ${paid} paid, ${cancelled} cancelled, ${refunded} of them with their money given back\n`,
  );
  return { wrong, paid, cancelled };
};

describe('2,000 payments and what would prevent them', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'warn', PAYMENT_EXPIRY: '10s' } });
    await system.rows('UPDATE eshop_stock.products SET available = 1000000');
  });
  afterAll(() => system?.stop());

  it('cancelled at the same moment: paid and charged once, or cancelled and nothing charged', async () => {
    const orders: Placed[] = [];
    await forEach(pairs, async () => {
      const order = await place(system);
      orders.push(order);
      // From well before the money has moved to well after the order is paid, however slow the machine is.
      const late = random.next() ** 3 * 3_000;
      await Promise.all([
        pay(order, system, 'success'),
        sleep(late).then(() => system.call('POST', `/api/v1/orders/${order.orderId}/cancel`)),
      ]);
    });
    await atRest(system);
    const { wrong, paid, cancelled } = await countOutcomes(system, orders, 'cancel against payment');
    expect(wrong).toEqual([]);
    expect(orders).toHaveLength(pairs);
    expect(paid).toBeGreaterThan(0);
    expect(cancelled).toBeGreaterThan(0);
  });

  it('expiring at the same moment: paid and charged once, or cancelled and nothing charged', async () => {
    const orders: Placed[] = [];
    const paying: Promise<void>[] = [];
    const payNearTheEnd = async (order: Placed) => {
      const slow = random.below(2) === 0;
      // A slow provider takes 5 s.
      const end = new Date(order.payment.expiresAt).getTime() - (slow ? 5_000 : 0);
      await sleep(Math.max(0, end - Date.now() + 500 - random.below(4_000)));
      await pay(order, system, slow ? 'slow' : 'success');
    };
    await forEach(pairs, async () => {
      const order = await place(system);
      orders.push(order);
      paying.push(payNearTheEnd(order));
    });
    await Promise.all(paying);
    await atRest(system);
    const { wrong, paid, cancelled } = await countOutcomes(system, orders, 'expiry against payment');
    expect(wrong).toEqual([]);
    expect(paid).toBeGreaterThan(0);
    expect(cancelled).toBeGreaterThan(0);
  });

  it('leaves services that agree', async () => {
    await system.settled();
    expect(await findInconsistencies(system.stack.opsEnv)).toEqual([]);
  });
});
