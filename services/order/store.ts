import type { OrderStatus } from '@quadrille/contracts/orders-http';
import type { Pool } from '@quadrille/db/connect';
import { query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { and, desc, eq, isNotNull, lt, lte, sql } from 'drizzle-orm';
import type { SubmitState } from './idempotency.ts';
import { decide, type Received, subscribes } from './rules.ts';
import { idempotencyKeys, type Order, orders } from './schema.ts';

export const orderRows = rowsOf(orders, 'orderId');

export const order: Participant<SubmitState, Received> = {
  name: 'order',
  subscribes,
  state: {
    order: { rows: orderRows, key: (orderId) => orderId },
    // Only a submission that carries a key names one.
    idempotencyKey: { rows: rowsOf(idempotencyKeys, 'keyHash'), key: () => undefined },
  },
  decide,
  status: ({ order, idempotencyKey }) =>
    order?.status ?? (idempotencyKey && `sent again, it is order ${idempotencyKey.orderId}`),
};

/** Orders by id, without a lock, for showing. */
export const readOrders = async (pool: Pool, orderIds: readonly string[]): Promise<Map<string, Order>> => {
  const found = await orderRows.read(pool, new Set(orderIds));
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

/** Orders that wait to be placed, and since when the oldest does. */
export const readUnplaced = async (
  pool: Pool,
): Promise<{ readonly orders: number; readonly oldestSeconds: number }> => {
  const [found] = await query(pool)
    .select({
      orders: sql`COUNT(*)`.mapWith(Number),
      oldestSeconds: sql`COALESCE(TIMESTAMPDIFF(SECOND, MIN(${orders.submittedAt}), UTC_TIMESTAMP(3)), 0)`.mapWith(
        Number,
      ),
    })
    .from(orders)
    .where(isNotNull(orders.deadline));
  return found ?? { orders: 0, oldestSeconds: 0 };
};

/** A user's orders, newest first (order ids grow with time), from `before` on. */
export const listOrders = (
  pool: Pool,
  { userId, status, before }: { userId: number; status?: OrderStatus | undefined; before?: string | undefined },
  limit: number,
): Promise<Order[]> =>
  query(pool)
    .select()
    .from(orders)
    .where(
      and(
        eq(orders.userId, userId),
        before === undefined ? undefined : lt(orders.orderId, before),
        status === undefined ? undefined : eq(orders.status, status),
      ),
    )
    .orderBy(desc(orders.orderId))
    .limit(limit);
