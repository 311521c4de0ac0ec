import type { Pool } from '@quadrille/db/connect';
import { type Page, pageOf } from '@quadrille/ops/page';
import { firstIdOf } from '../projection/retention.ts';
import { live, select } from '../projection/tables.ts';
import type { Awaited, OrderRow } from '../schema.ts';
import type { OrderFilter } from './filters.ts';

/** For each filter the index that is read backwards, from the cursor; the first that applies, the one that leaves fewest. */
const indexOf = ({ id, user, reason, product, status }: OrderFilter): string => {
  if (id) return 'PRIMARY';
  if (user) return 'orders_by_user';
  if (reason) return 'orders_by_reason';
  if (product) return 'orders_by_product';
  if (status) return 'orders_by_status';
  return 'PRIMARY';
};

/**
 * The newest orders that a filter lets through. Ids begin with the time, so a time is a place in every index, and so is the cursor: no page
 * is slower than the first.
 */
export const findOrders = async (pool: Pool, filter: OrderFilter, limit: number): Promise<Page<OrderRow, string>> => {
  const { id, status, user, product, reason, from, to, before } = filter;
  const conditions: [string, unknown][] = [];
  const add = (condition: string, value: unknown) => {
    if (value !== undefined) conditions.push([condition, value]);
  };
  add('order_id LIKE ?', id && `${id}%`);
  add('user_id = ?', user);
  add('reason_code = ?', reason);
  add('product_id = ?', product);
  add('status = ?', status);
  add('order_id >= ?', from && firstIdOf(from));
  add('order_id < ?', to && firstIdOf(to));
  add('order_id < ?', before);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([condition]) => condition).join(' AND ')}`;
  const found = await select<{ id: string }>(
    pool,
    `SELECT order_id AS id FROM orders FORCE INDEX (${indexOf(filter)}) ${where} ORDER BY order_id DESC LIMIT ${limit + 1}`,
    conditions.map(([, value]) => value),
  );
  const { items, next } = pageOf(found, limit, ({ id }) => id);
  const ids = items.map(({ id }) => id);
  return { items: (await live.orders.read(pool, ids)).sort((a, b) => (a.orderId < b.orderId ? 1 : -1)), next };
};

export const readOrder = async (pool: Pool, orderId: string): Promise<OrderRow | undefined> =>
  (await live.orders.read(pool, [orderId]))[0];

/** How many orders wait for the same, and the one that has waited longest. */
export type WaitingGroup = {
  readonly waitsFor: readonly Awaited[];
  readonly orders: number;
  readonly since: Date;
  readonly oldest: string;
};

/** Counting stops here: more is "more". */
export const mostCounted = 1_000;

export const readWaiting = async (pool: Pool): Promise<WaitingGroup[]> => {
  // A walk along the ends of an index, however many orders there are.
  const kinds = await select<{ waitsFor: string }>(
    pool,
    "SELECT waits_for AS waitsFor FROM orders FORCE INDEX (orders_by_wait) WHERE waits_for > '' GROUP BY waits_for",
  );
  const groups = await Promise.all(
    kinds.map(async ({ waitsFor }) => {
      const [[oldest], [count]] = await Promise.all([
        select<{ oldest: string; since: Date }>(
          pool,
          'SELECT order_id AS oldest, waits_since AS since FROM orders FORCE INDEX (orders_by_wait) WHERE waits_for = ? ORDER BY waits_since LIMIT 1',
          [waitsFor],
        ),
        select<{ orders: number }>(
          pool,
          `SELECT COUNT(*) AS orders FROM (SELECT 1 FROM orders FORCE INDEX (orders_by_wait) WHERE waits_for = ? LIMIT ${mostCounted}) few`,
          [waitsFor],
        ),
      ]);
      return oldest && { ...oldest, waitsFor: waitsFor.split(',') as Awaited[], orders: count?.orders ?? 0 };
    }),
  );
  return groups.filter((group) => group !== undefined);
};
