import { integer, utc, uuidText, word } from '@quadrille/db/columns';
import { mysqlTable } from 'drizzle-orm/mysql-core';

/** available + reserved + sold never changes, whatever happens to orders. A price of 0 takes a product off sale. */
export const products = mysqlTable('products', {
  productId: integer('product_id').primaryKey(),
  price: integer('price').notNull(),
  available: integer('available').notNull(),
  reserved: integer('reserved').notNull(),
  sold: integer('sold').notNull(),
});
export type Product = typeof products.$inferSelect;

/** What stock did for an order. `tombstone`: it was cancelled before stock received it, and must not be reserved any more. */
export type ReservationStatus = 'reserved' | 'rejected' | 'sold' | 'released' | 'tombstone';

export const reservations = mysqlTable('reservations', {
  orderId: uuidText('order_id').primaryKey(),
  productId: integer('product_id'),
  productCount: integer('product_count').notNull(),
  status: word('status', { length: 16 }).$type<ReservationStatus>().notNull(),
  updatedAt: utc('updated_at').notNull(),
});
export type Reservation = typeof reservations.$inferSelect;
