import type { Pool } from '@quadrille/db/connect';
import { type Queryable, select } from '../select.ts';
import { type Books, contradictions, isUnfinished, type Money, noMoney } from './books.ts';
import { mergeByKey } from './merge.ts';
import { rowsByKey, type Snapshot } from './snapshot.ts';

/** One snapshot of each service's database, all taken at about the same moment. */
export type Snapshots = Readonly<Record<'order' | 'stock' | 'coupon' | 'pay', Snapshot>>;

type OrderBook = NonNullable<Books['order']> & { readonly orderId: string };
type Row<Name extends keyof Books> = NonNullable<Books[Name]> & { readonly orderId: string };
type Tables = {
  order: OrderBook;
  reservation: Row<'reservation'>;
  use: Row<'use'>;
  payment: Row<'payment'>;
  money: Money & { readonly orderId: string };
};

export type OrderBooks = { readonly orderId: string; readonly books: Books };

/** The books of all orders, page by page in the order of their ids. */
export async function* readBooks({ order, stock, coupon, pay }: Snapshots): AsyncGenerator<OrderBooks[]> {
  const merged = mergeByKey<Tables>({
    order: table(
      order,
      'orders',
      `status, amount, discount, coupon_id AS couponId, product_id AS productId, product_count AS productCount,
       payment_expires_at AS paymentExpiresAt`,
    ),
    reservation: table(stock, 'reservations', 'status, product_id AS productId, product_count AS productCount'),
    use: table(coupon, 'coupon_uses', 'status, coupon_id AS couponId, discount'),
    payment: table(pay, 'payments', 'status, amount'),
    money: {
      keyOf: ({ orderId }) => orderId,
      pages: rowsByKey<Tables['money']>(pay, '', orderOf, (after, limit) => [
        `SELECT ${sums} FROM charges WHERE order_id > ? AND status <> 'refunded' GROUP BY order_id ORDER BY order_id LIMIT ?`,
        [after, limit],
      ]),
    },
  });
  for await (const page of merged)
    yield page.map(({ key, rows }) => ({
      orderId: key,
      books: {
        order: rows.order,
        reservation: rows.reservation,
        use: rows.use,
        payment: rows.payment,
        money: rows.money ? toMoney(rows.money) : noMoney,
      },
    }));
}

const sums = `order_id AS orderId, SUM(IF(status = 'kept', amount, 0)) AS kept, SUM(IF(status = 'to-refund', amount, 0)) AS toRefund`;

/** Sums come as text. */
const toMoney = ({ kept, toRefund }: Money): Money => ({ kept: Number(kept), toRefund: Number(toRefund) });

const orderOf = ({ orderId }: { orderId: string }) => orderId;

const table = <Found extends { orderId: string }>(from: Queryable, name: string, columns: string) => ({
  keyOf: orderOf,
  pages: rowsByKey<Found>(from, '', orderOf, (after, limit) => [
    `SELECT order_id AS orderId, ${columns} FROM ${name} WHERE order_id > ? ORDER BY order_id LIMIT ?`,
    [after, limit],
  ]),
});

/** The charges of some orders, as they are now. */
export const readMoney = async (pool: Pool, orderIds: readonly string[]): Promise<Map<string, Money>> => {
  const found = await select<Money & { orderId: string }>(
    pool,
    `SELECT ${sums} FROM charges WHERE order_id IN (?) AND status <> 'refunded' GROUP BY order_id`,
    [orderIds],
  );
  return new Map(found.map((row) => [row.orderId, toMoney(row)]));
};

/** Worth a second look: the snapshots may have caught it in the middle of a step. */
export const isSuspicious = (books: Books, now: Date): boolean =>
  isUnfinished(books, now) || contradictions(books).length > 0;
