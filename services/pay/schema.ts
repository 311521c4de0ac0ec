import { integer, utc, uuidText, word } from '@quadrille/db/columns';
import { mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';

export * from '@quadrille/db/tables';

/** `voided`: cancelled before money moved; `refunded`: after. `tombstone`: the order was cancelled before pay heard of it. */
export type PaymentStatus = 'pending' | 'succeeded' | 'failed' | 'expired' | 'voided' | 'refunded' | 'tombstone';

/** One payment for each order, at most. `amount` is what is left to pay after the discount. */
export const payments = mysqlTable(
  'payments',
  {
    orderId: uuidText('order_id').primaryKey(),
    paymentId: uuidText('payment_id'),
    userId: integer('user_id'),
    amount: integer('amount').notNull(),
    discount: integer('discount').notNull(),
    status: word('status', { length: 16 }).$type<PaymentStatus>().notNull(),
    expiresAt: utc('expires_at'),
    updatedAt: utc('updated_at').notNull(),
  },
  (table) => [uniqueIndex('payments_by_id').on(table.paymentId)],
);
export type Payment = typeof payments.$inferSelect;
