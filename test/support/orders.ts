import { randomUUID } from 'node:crypto';
import type { Event } from '@quadrille/contracts/event';
import type { SubmitOrder } from '@quadrille/contracts/orders-http';
import { paymentExpired, paymentFailed } from '@quadrille/contracts/payment-events';
import type { Plan } from './delivery.ts';
import type { Saga } from './saga.ts';

/** How orders can go. Each gets a product and a coupon of its own, so that none disturbs another. */
export const courses = [
  'placed',
  'placed without a coupon',
  'nothing left to pay',
  'refused by coupon',
  'refused by stock',
  'payment failed',
  'payment expired',
] as const;
export type Course = (typeof courses)[number];

export type TestOrder = { readonly orderId: string; readonly course: Course; readonly request: SubmitOrder };

let lastId = 0;

/** Puts the order's goods and coupon in place. */
export const prepare = async ({ databases }: Saga, course: Course): Promise<TestOrder> => {
  const id = ++lastId;
  const available = course === 'refused by stock' ? 1 : 10;
  await databases.stock.pool.query('INSERT INTO products VALUES (?, 100, ?, 0, 0)', [id, available]);
  const owner = course === 'refused by coupon' ? 2 : 1;
  const amount = course === 'nothing left to pay' ? 1_000 : 50;
  await databases.coupon.pool.query("INSERT INTO coupons VALUES (?, ?, ?, 'unused', NULL, NULL)", [id, owner, amount]);
  const couponId = course === 'placed without a coupon' ? 0 : id;
  return {
    orderId: randomUUID(),
    course,
    request: { userId: 1, productId: id, productCount: 2, amount: 200, couponId },
  };
};

/** What the payment provider does once there is a payment for such an order. @param within so many steps, by chance */
export const provider =
  (saga: Saga, orders: readonly TestOrder[], delay: () => number = () => 0) =>
  (event: Event): Plan | undefined => {
    const order = orders.find(({ orderId }) => orderId === event.correlationId);
    if (event.type !== 'payment-created' || !order) return undefined;
    const { paymentId } = event.data as { paymentId: string };
    const bad = (code: string) => ({ paymentId, reason: { code, message: code, step: 'pay' as const } });
    const say = {
      'payment failed': paymentFailed.of(bad('declined')),
      'payment expired': paymentExpired.of(bad('late')),
    };
    const answer = say[order.course as keyof typeof say];
    return answer && { due: delay(), act: () => saga.sayAsPay(order.orderId, answer) };
  };

type Row = Record<string, unknown>;

const tables = [
  ['order', 'orders', 'order_id'],
  ['stock', 'reservations', 'order_id'],
  ['stock', 'products', 'product_id'],
  ['coupon', 'coupon_uses', 'order_id'],
  ['coupon', 'coupons', 'coupon_id'],
  ['pay', 'payments', 'order_id'],
] as const;

/** Every business row of all four databases, as it is. */
export const everyRow = async ({ databases }: Saga): Promise<Record<string, unknown>> => {
  const dump: Record<string, unknown> = {};
  for (const [service, table, key] of tables)
    dump[table] = (await databases[service].pool.query(`SELECT * FROM ${table} ORDER BY ${key}`))[0];
  return dump;
};

/** The rows about an order, without what differs from run to run: ids, moments (whether there is one is told), traces, `updated_at`. */
export const rowsAbout = async ({ databases }: Saga, order: TestOrder): Promise<Record<string, Row | null>> => {
  const dump: Record<string, Row | null> = {};
  for (const [service, table, key] of tables) {
    const id = key === 'order_id' ? order.orderId : order.request.productId;
    const [rows] = await databases[service].pool.query(`SELECT * FROM ${table} WHERE ${key} = ?`, [id]);
    const [row] = rows as Row[];
    dump[table] = row ? Object.fromEntries(Object.entries(row).flatMap(steady)) : null;
  }
  return dump;
};

const steady = ([name, value]: [string, unknown]): [string, unknown][] => {
  if (name === 'updated_at' || name === 'traceparent') return [];
  if (name === 'reason_message') return [[name, value === null ? null : String(value).replace(/\d+/g, '#')]];
  const differs = value instanceof Date || /^(order|payment|product|coupon)_id$/.test(name);
  return [[name, differs && value !== null && value !== 0 ? 'some' : value]];
};

/**
 * The same, without how it came about: the version of the order counts the steps it was told of, and who had nothing to undo remembers the
 * order in other words. What anyone holds, owes or has been told stays.
 */
export const netRowsAbout = async (saga: Saga, order: TestOrder): Promise<Record<string, Row | null>> => {
  const dump = await rowsAbout(saga, order);
  const { version: _, answered, ...about } = dump.orders ?? {};
  const gone = about.status === 'cancelled';
  for (const name of ['discount', 'payment_id', 'payment_amount', 'payment_expires_at', 'placed_at'])
    if (gone) delete about[name];
  const holdsNothing = ['released', 'tombstone', 'none', 'rejected', 'voided', 'refunded', undefined];
  for (const table of ['reservations', 'coupon_uses', 'payments'])
    if (gone && holdsNothing.includes(dump[table]?.status as string | undefined)) dump[table] = null;
  return { ...dump, orders: { ...about, answered: String(answered).split(',').sort().join() } };
};
