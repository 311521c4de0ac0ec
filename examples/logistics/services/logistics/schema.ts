import { integer, utc, uuidText, word, words } from '@quadrille/db/columns';
import { mysqlTable, varchar } from 'drizzle-orm/mysql-core';

/** Where a user wants to have the goods. */
export const addresses = mysqlTable('addresses', {
  userId: integer('user_id').primaryKey(),
  address: varchar('address', { length: 255 }).notNull(),
});
export type Address = typeof addresses.$inferSelect;

/**
 * Where an order stands in logistics. `waiting`: not all events have come that the shipment needs. `tombstone`: the order was cancelled
 * before it was paid, and must not be shipped any more.
 */
export type LogisticsStatus = 'waiting' | 'done' | 'rejected' | 'undone' | 'tombstone';

/** What logistics keeps of each order. */
export const logisticsOrders = mysqlTable('logistics_orders', {
  orderId: uuidText('order_id').primaryKey(),
  /** The types of the events that have come. */
  seen: words('seen').notNull(),
  /** null: `order-created` has not come. */
  userId: integer('user_id'),
  /** null: there is no shipment. */
  trackingId: word('tracking_id', { length: 32 }),
  status: word('status', { length: 16 }).$type<LogisticsStatus>().notNull(),
  updatedAt: utc('updated_at').notNull(),
});
export type LogisticsOrder = typeof logisticsOrders.$inferSelect;
