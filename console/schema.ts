import type { OrderStatus } from '@quadrille/contracts/orders-http';
import type { Reason, Step } from '@quadrille/contracts/values';
import { bytes, integer, moments, utc, uuidText, word, words } from '@quadrille/db/columns';
import { index, int, mysqlTable, primaryKey, text, varchar } from 'drizzle-orm/mysql-core';

/** Whose move it is: a service's, the customer's, or in a cancellation those of all who still owe their answer. */
export type Awaited = Step | 'customer';

/**
 * An order as its events tell it. Each field comes from events of one kind, and a time is the earliest of them, so the row
 * is the same whatever the order in which the events come, and however often.
 */
export const orderColumns = {
  /** UUIDv7: sorted by it, orders are sorted by age. */
  orderId: uuidText('order_id').primaryKey(),
  userId: integer('user_id'),
  productId: integer('product_id'),
  productCount: integer('product_count'),
  amount: integer('amount'),
  couponId: integer('coupon_id'),
  discount: integer('discount'),
  paymentId: uuidText('payment_id'),
  paymentAmount: integer('payment_amount'),
  paymentExpiresAt: utc('payment_expires_at'),
  /** When each kind of event was published, for the first time. */
  times: moments('times').notNull(),
  /** When it was refused or called off, and why. */
  turnedAt: utc('turned_at'),
  reasonCode: word('reason_code', { length: 64 }),
  reasonMessage: varchar('reason_message', { length: 255 }),
  reasonStep: word('reason_step', { length: 16 }).$type<Reason['step']>(),
  firstAt: utc('first_at').notNull(),
  lastAt: utc('last_at').notNull(),
  /** What follows from the above; kept for the indexes. */
  status: word('status', { length: 20 }).$type<OrderStatus>().notNull(),
  waitsFor: words('waits_for').$type<readonly Awaited[]>().notNull(),
  /** null: it has come to its end. */
  waitsSince: utc('waits_since'),
};
export const orders = mysqlTable('orders', orderColumns, (table) => [
  index('orders_by_status').on(table.status, table.orderId),
  index('orders_by_user').on(table.userId, table.orderId),
  index('orders_by_product').on(table.productId, table.orderId),
  index('orders_by_reason').on(table.reasonCode, table.orderId),
  // The one that has waited longest, of each kind.
  index('orders_by_wait').on(table.waitsFor, table.waitsSince),
]);
export type OrderRow = typeof orders.$inferSelect;

/** Every event, in the bytes in which it came, once. Those of one order lie together. */
export const eventColumns = {
  orderId: uuidText('order_id').notNull(),
  eventId: uuidText('event_id').notNull(),
  type: word('type', { length: 64 }).notNull(),
  version: int('version').notNull(),
  causationId: uuidText('causation_id'),
  traceparent: word('traceparent', { length: 55 }).notNull(),
  /** The publisher's clock. */
  time: utc('time').notNull(),
  topic: word('topic', { length: 64 }).notNull(),
  partition: int('partition').notNull(),
  offset: integer('offset').notNull(),
  payload: bytes('payload').notNull(),
  /** When the console took it in. */
  seenAt: utc('seen_at').notNull(),
};
export const events = mysqlTable('events', eventColumns, (table) => [
  primaryKey({ columns: [table.orderId, table.eventId] }),
]);
export type EventRow = typeof events.$inferSelect;

/** What happened in each minute, by the publishers' clocks: `event order-created`, `placed 50` (so many took 50 ms at most), `refused coupon-used`. */
const minuteColumns = {
  minute: utc('minute').notNull(),
  name: word('name', { length: 80 }).notNull(),
  count: int('count').notNull(),
};
export const minutes = mysqlTable('minutes', minuteColumns, (table) => [
  primaryKey({ columns: [table.minute, table.name] }),
]);

/** Records on our topics that are no event of ours: foreign, forged or broken. */
const unrecognizedColumns = {
  topic: word('topic', { length: 64 }).notNull(),
  partition: int('partition').notNull(),
  offset: integer('offset').notNull(),
  cause: text('cause').notNull(),
  key: bytes('key'),
  /** JSON, as text. */
  headers: bytes('headers').notNull(),
  /** No more than its beginning. */
  value: bytes('value'),
  size: int('size').notNull(),
  seenAt: utc('seen_at').notNull(),
};
export const unrecognized = mysqlTable('strays', unrecognizedColumns, (table) => [
  primaryKey({ columns: [table.topic, table.partition, table.offset] }),
  index('strays_by_age').on(table.seenAt),
]);
export type UnrecognizedRow = typeof unrecognized.$inferSelect;

/** One row. Who writes the tables above shares it, who swaps them for new ones has it alone. */
export const gate = mysqlTable('gate', { id: int('id').primaryKey() });
