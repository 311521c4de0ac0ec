import type { OrderStatus } from '@quadrille/contracts/orders-http';
import type { Reason, Step } from '@quadrille/contracts/values';
import { integer, utc, uuidText, word, words } from '@quadrille/db/columns';
import { index, int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';

export const orders = mysqlTable(
  'orders',
  {
    orderId: uuidText('order_id').primaryKey(),
    userId: integer('user_id').notNull(),
    productId: integer('product_id').notNull(),
    productCount: integer('product_count').notNull(),
    amount: integer('amount').notNull(),
    couponId: integer('coupon_id').notNull(),
    discount: integer('discount').notNull(),
    status: word('status', { length: 20 }).$type<OrderStatus>().notNull(),
    /** Grows with each change; it says what a client has seen. */
    version: int('version').notNull(),
    reasonCode: word('reason_code', { length: 64 }),
    reasonMessage: varchar('reason_message', { length: 255 }),
    reasonStep: word('reason_step', { length: 16 }).$type<Reason['step']>(),
    /** The services that have undone their part. They may say so before we receive what made them undo it. */
    answered: words('answered').$type<readonly Step[]>().notNull(),
    /** The steps without which it is not final, and which have happened: services that join the saga can have such. null: none. */
    happened: words('happened'),
    paymentId: uuidText('payment_id'),
    paymentAmount: integer('payment_amount'),
    paymentExpiresAt: utc('payment_expires_at'),
    submittedAt: utc('submitted_at').notNull(),
    /** When it is cancelled if it has not been placed by then; null: nothing to wait for any more. */
    deadline: utc('deadline'),
    placedAt: utc('placed_at'),
    /** When its status became final; null: it may still change. */
    finishedAt: utc('finished_at'),
    updatedAt: utc('updated_at').notNull(),
  },
  (table) => [index('orders_by_deadline').on(table.deadline), index('orders_by_user').on(table.userId, table.orderId)],
);
export type Order = typeof orders.$inferSelect;

/** What a client's Idempotency-Key led to, so that the same submission sent again makes no second order. Kept for 24 hours. */
export const idempotencyKeys = mysqlTable(
  'idempotency_keys',
  {
    /** SHA-256 of the user's id and the key, so that no user meets another's and the key's length does not matter. */
    keyHash: word('key_hash', { length: 64 }).primaryKey(),
    /** SHA-256 of what was submitted. */
    requestHash: word('request_hash', { length: 64 }).notNull(),
    orderId: uuidText('order_id').notNull(),
    createdAt: utc('created_at').notNull(),
  },
  (table) => [index('idempotency_keys_by_age').on(table.createdAt)],
);
export type IdempotencyKey = typeof idempotencyKeys.$inferSelect;
