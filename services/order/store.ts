import type { Pool } from '@quadrille/db/connect';
import { query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { lte, sql } from 'drizzle-orm';
import { decide, type Heard, hears, type OrderState } from './rules.ts';
import { type Order, orders } from './schema.ts';

const rows = rowsOf(orders, 'orderId');

export const order: Participant<OrderState, Heard> = {
  name: 'order',
  hears,
  state: { order: { rows, key: (orderId) => orderId } },
  decide,
  status: ({ order }) => order?.status,
};

/** Orders by id, without a lock, for showing. */
export const readOrders = async (pool: Pool, orderIds: readonly string[]): Promise<Map<string, Order>> => {
  const found = await rows.read(pool, new Set(orderIds));
  return new Map(found.map((row) => [row.orderId, row]));
};

/** Orders whose deadline has passed, the oldest first. By the database's clock, like everything about time. */
export const overdueOrders = async (pool: Pool, limit: number): Promise<string[]> => {
  const found = await query(pool)
    .select({ orderId: orders.orderId })
    .from(orders)
    .where(lte(orders.deadline, sql`UTC_TIMESTAMP(3)`))
    .orderBy(orders.deadline)
    .limit(limit);
  return found.map((row) => row.orderId);
};
