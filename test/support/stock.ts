import { randomUUID } from 'node:crypto';
import type { Event } from '@quadrille/contracts/event';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import type { Pool } from '@quadrille/db/connect';
import type { Decision } from '@quadrille/participant/decide';
import type { Input } from '@quadrille/participant/input';
import type { Application } from '@quadrille/participant/resilient';
import type { Received, StockState } from '@quadrille/services/stock/rules';
import { stock } from '@quadrille/services/stock/store';
import { applicationOf } from './application.ts';
import { received, recordOf } from './events.ts';

/** The stock service under test: what it subscribes to, and what its database holds afterwards. */
export type StockInput = Input<StockState, Received>;

export const created = (orderId: string = randomUUID(), productId = 1, productCount = 1) =>
  received(orderId, orderCreated.of({ userId: 1, productId, productCount, amount: 10 * productCount, couponId: 0 }));

export const cancelled = (orderId: string) =>
  received(orderId, orderCancelled.of({ reason: { code: 'gone', message: 'gone', step: 'order' } }));

/** As the runtime makes it of an event. @param decide in place of the rules, for making trouble */
export const input = (
  event: Received & Event,
  decide: (state: StockState, now: Date) => Decision<StockState> = (state, now) => stock.decide(state, event, now),
): StockInput => ({
  name: event.type,
  correlationId: event.correlationId,
  event,
  delivery: { id: event.id, record: recordOf(event) },
  traceparent: event.traceparent,
  decide,
});

/** The runtime around the stock service. */
export const stockApp = (
  pool: Pool,
  change: Partial<Application<StockState, Received>> = {},
): Application<StockState, Received> => applicationOf(stock, pool, change);

/** Empties the database and puts products 1 to `products` in it, at 10 each. */
export const stockUp = async (pool: Pool, products: number, available: number): Promise<void> => {
  for (const table of [
    'products',
    'reservations',
    'inbox',
    'outbox',
    'parked',
    'parked_history',
    'skipped_ranges',
    'halts',
  ])
    await pool.query(`DELETE FROM ${table}`);
  const rows = Array.from({ length: products }, (_, index) => [index + 1, 10, available, 0, 0]);
  await pool.query('INSERT INTO products VALUES ?', [rows]);
};

const select = async <Row>(pool: Pool, sql: string): Promise<Row[]> => (await pool.query(sql))[0] as unknown as Row[];

export const productsOf = (pool: Pool) =>
  select<{ available: number; reserved: number; sold: number }>(
    pool,
    'SELECT available, reserved, sold FROM products ORDER BY product_id',
  );

/** How many reservations have which status. */
export const reservationsOf = async (pool: Pool): Promise<Record<string, number>> => {
  const rows = await select<{ status: string; n: number }>(
    pool,
    'SELECT status, COUNT(*) AS n FROM reservations GROUP BY status ORDER BY status',
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
};

export const sizesOf = async (pool: Pool): Promise<{ inbox: number; outbox: number }> => {
  const [sizes] = await select<{ inbox: number; outbox: number }>(
    pool,
    'SELECT (SELECT COUNT(*) FROM inbox) AS inbox, (SELECT COUNT(*) FROM outbox) AS outbox',
  );
  return sizes ?? { inbox: -1, outbox: -1 };
};

/** The events in the outbox, in their order, as `order id -> types`. */
export const saidOf = async (pool: Pool): Promise<Record<string, string[]>> => {
  const rows = await select<{ id: string; type: string }>(
    pool,
    'SELECT correlation_id AS id, type FROM outbox ORDER BY seq',
  );
  const said: Record<string, string[]> = {};
  for (const { id, type } of rows) said[id] = [...(said[id] ?? []), type];
  return said;
};
