import { randomUUID } from 'node:crypto';
import { type Coupon, type CouponUse, coupons, couponUses } from '@quadrille/services/coupon/schema';
import { type Order, orders } from '@quadrille/services/order/schema';
import { type Payment, payments } from '@quadrille/services/pay/schema';
import { type Product, products, type Reservation, reservations } from '@quadrille/services/stock/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scratch, scratchDatabase } from '../../test/support/scratch.ts';
import { type Rows, rowsOf } from '../rows.ts';
import { transact } from '../transaction.ts';

const moment = new Date('2025-02-28T23:59:59.987Z');
const summer = new Date('2025-07-01T00:00:00.001Z');
const huge = 2 ** 53 - 1;

/** A row with nothing in it that may be null, and one with everything. */
const order = (change: Partial<Order> = {}): Order => ({
  orderId: randomUUID(),
  userId: 1,
  productId: 2,
  productCount: 3,
  amount: huge,
  couponId: 0,
  discount: 0,
  status: 'submitted',
  version: 1,
  reasonCode: null,
  reasonMessage: null,
  reasonStep: null,
  answered: [],
  happened: null,
  paymentId: null,
  paymentAmount: null,
  paymentExpiresAt: null,
  submittedAt: moment,
  deadline: null,
  placedAt: null,
  finishedAt: null,
  updatedAt: moment,
  ...change,
});
const fullOrder = order({
  status: 'cancelling',
  version: 2,
  reasonCode: 'a-code',
  reasonMessage: `'quoted' "twice" \\ \u{1f9fe} caf\u00e9`,
  reasonStep: 'order',
  answered: ['stock', 'coupon'],
  happened: ['shipment-created'],
  paymentId: randomUUID(),
  paymentAmount: 5,
  paymentExpiresAt: summer,
  deadline: summer,
  placedAt: summer,
  finishedAt: summer,
  updatedAt: summer,
});
const product = (productId: number, available: number): Product => ({
  productId,
  price: 1,
  available,
  reserved: 0,
  sold: huge,
});
const coupon = (couponId: number): Coupon => ({
  couponId,
  userId: huge,
  amount: 1,
  status: 'unused',
  orderId: null,
  expiresAt: null,
});
const reservation: Reservation = {
  orderId: randomUUID(),
  productId: null,
  productCount: 0,
  status: 'tombstone',
  updatedAt: moment,
};
const use: CouponUse = { orderId: randomUUID(), couponId: null, discount: 0, status: 'none', updatedAt: moment };
const payment: Payment = {
  orderId: randomUUID(),
  paymentId: null,
  userId: null,
  productId: null,
  productCount: null,
  amount: 0,
  discount: 0,
  status: 'tombstone',
  expiresAt: null,
  startedAt: null,
  chargeId: null,
  traceparent: null,
  updatedAt: moment,
};

describe('rows of every table', () => {
  const scratch = new Map<'order' | 'stock' | 'coupon' | 'pay', Scratch>();
  beforeAll(async () => {
    for (const service of ['order', 'stock', 'coupon', 'pay'] as const)
      scratch.set(service, await scratchDatabase(service));
  });
  afterAll(async () => {
    for (const each of scratch.values()) await each.drop();
  });
  const of = (service: 'order' | 'stock' | 'coupon' | 'pay'): Scratch => scratch.get(service) as Scratch;

  /** Inserts two rows, reads them back, replaces the second, reads both again. */
  const roundTrip = async <Row, Key extends string | number>(
    { pool }: Scratch,
    rows: Rows<Row, Key>,
    first: NoInfer<Row>,
    second: NoInfer<Row>,
    changed: NoInfer<Row>,
  ) => {
    const keys = [first, second].map(rows.keyOf);
    const byKey = (a: Row, b: Row) => (rows.keyOf(a) < rows.keyOf(b) ? -1 : 1);
    const read = () => transact(pool, (tx) => rows.lock(tx, keys));
    await transact(pool, (tx) => rows.insert(tx, [first, second]));
    expect(await read()).toEqual([first, second].sort(byKey));
    await transact(pool, (tx) => rows.update(tx, [changed]));
    expect(await read()).toEqual([first, changed].sort(byKey));
  };

  it('orders: null and not, dates to the millisecond, words, 2^53-1', async () => {
    const second = order();
    await roundTrip(of('order'), rowsOf(orders, 'orderId'), fullOrder, second, {
      ...fullOrder,
      orderId: second.orderId,
      answered: ['pay'],
    });
  });

  it('orders: what was filled can be emptied', async () => {
    const filled = { ...fullOrder, orderId: randomUUID() };
    await roundTrip(of('order'), rowsOf(orders, 'orderId'), order(), filled, order({ orderId: filled.orderId }));
  });

  it('products and reservations', async () => {
    await roundTrip(of('stock'), rowsOf(products, 'productId'), product(10, 1), product(9, 2), product(9, huge));
    const second: Reservation = { ...reservation, orderId: randomUUID(), productId: 9, status: 'reserved' };
    await roundTrip(of('stock'), rowsOf(reservations, 'orderId'), reservation, second, {
      ...second,
      status: 'released',
      updatedAt: summer,
    });
  });

  it('coupons and their uses', async () => {
    const used: Coupon = { ...coupon(2), status: 'used', orderId: randomUUID(), expiresAt: summer };
    await roundTrip(of('coupon'), rowsOf(coupons, 'couponId'), coupon(1), coupon(2), used);
    const held: CouponUse = { ...use, orderId: randomUUID(), couponId: 2, discount: 5, status: 'held' };
    await roundTrip(of('coupon'), rowsOf(couponUses, 'orderId'), use, held, { ...held, status: 'used' });
  });

  it('payments', async () => {
    const pending: Payment = {
      ...payment,
      orderId: randomUUID(),
      paymentId: randomUUID(),
      userId: 1,
      expiresAt: summer,
    };
    await roundTrip(of('pay'), rowsOf(payments, 'orderId'), payment, pending, { ...pending, status: 'voided' });
  });

  it('R33: a date is stored in UTC, whatever the zone of the server and of this process', async () => {
    const [[row]] = (await of('order').pool.query(
      "SELECT DATE_FORMAT(submitted_at, '%Y-%m-%d %H:%i:%s.%f') AS text FROM orders WHERE order_id = ?",
      [fullOrder.orderId],
    )) as unknown as [{ text: string }[]];
    expect(row?.text).toBe('2025-02-28 23:59:59.987000');
  });
});
