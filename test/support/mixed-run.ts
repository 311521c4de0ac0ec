import { randomUUID } from 'node:crypto';
import { decline, expire, refunded, succeed } from '@quadrille/services/pay/rules';
import type { Delivery, TestCluster } from './cluster.ts';
import type { Random } from './random.ts';

/** How an order goes on once it has been placed, or before. */
const courses = [
  'left unpaid',
  'paid',
  'declined',
  'expired',
  'cancelled',
  'cancelled after payment',
  'overtaken',
] as const;

const price = 100;

/**
 * Orders of all kinds, from the seed: some want too much, some bring a used coupon or none, some are paid, declined, expired, cancelled, one
 * way or another.
 * @param meddle what happens to deliveries on the way
 * @returns the order ids
 */
export const mixedRun = async (
  { databases, submit, cancel, pay, run }: TestCluster,
  random: Random,
  count: number,
  meddle?: (delivery: Delivery) => Delivery['record'] | null,
): Promise<string[]> => {
  const first = 1 + random.below(1_000_000_000);
  const products = [first, first + 1, first + 2];
  const coupons = Array.from({ length: count }, (_, index) => first + index);
  await databases.stock.pool.query('INSERT INTO products VALUES ?', [
    products.map((id, index) => [id, price, [count * 5, count, 3][index], 0, 0]),
  ]);
  await databases.coupon.pool.query('INSERT INTO coupons VALUES ?', [
    coupons.map((id) => [id, random.pick([1, 1, 1, 2]), random.pick([30, 50, 10_000]), 'unused', null, null]),
  ]);

  const orders = Array.from({ length: count }, () => ({
    orderId: randomUUID(),
    course: random.pick(courses),
    count: 1 + random.below(4),
  }));
  for (const { orderId, count, course } of orders) {
    const couponId = random.pick([0, random.pick(coupons)]);
    const amount = price * count + (random.below(10) === 0 ? 1 : 0);
    await submit(orderId, {
      userId: 1,
      productId: random.pick([...products, 7]),
      productCount: count,
      amount,
      couponId,
    });
    if (course === 'overtaken') await cancel(orderId);
  }
  await run(meddle);

  for (const { orderId, course } of orders) {
    const charge = { chargeId: `charge-${orderId}`, amount: await amountOf(databases.pay.pool, orderId) };
    const isPaid = course === 'paid' || course === 'cancelled after payment';
    if (course === 'cancelled' || course === 'cancelled after payment') await cancel(orderId);
    if (isPaid && charge.amount > 0) await pay(orderId, succeed(charge), charge.chargeId);
    if (course === 'declined') await pay(orderId, decline('customer'));
    if (course === 'expired') {
      await databases.pay.pool.query('UPDATE payments SET expires_at = UTC_TIMESTAMP(3) WHERE order_id = ?', [orderId]);
      await pay(orderId, expire);
    }
  }
  await run(meddle);
  for (const { orderId, course } of orders) {
    const charge = { chargeId: `charge-${orderId}`, amount: await amountOf(databases.pay.pool, orderId) };
    if (course === 'cancelled after payment') await pay(orderId, refunded(charge), charge.chargeId);
  }
  await run(meddle);
  return orders.map(({ orderId }) => orderId);
};

const amountOf = async (pool: TestCluster['databases']['pay']['pool'], orderId: string): Promise<number> => {
  const [rows] = await pool.query('SELECT amount FROM payments WHERE order_id = ?', [orderId]);
  return (rows as { amount: number }[])[0]?.amount ?? 0;
};
