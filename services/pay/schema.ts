import { integer, utc, uuidText, word } from '@quadrille/db/columns';
import { index, int, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';

/**
 * `voided`: cancelled before money moved. `refunding`: money has moved that must go back, and the provider has not said yet that it did;
 * then `refunded`. `tombstone`: the order was cancelled before pay received it.
 */
export type PaymentStatus =
  | 'pending'
  | 'succeeded'
  | 'failed'
  | 'expired'
  | 'voided'
  | 'refunding'
  | 'refunded'
  | 'tombstone';

/** One payment for each order, at most. `amount` is what is left to pay after the discount. */
export const payments = mysqlTable(
  'payments',
  {
    orderId: uuidText('order_id').primaryKey(),
    paymentId: uuidText('payment_id'),
    /** No longer filled: who orders is nothing that a payment depends on. A later release removes it. */
    userId: integer('user_id'),
    productId: integer('product_id'),
    productCount: int('product_count'),
    amount: integer('amount').notNull(),
    discount: integer('discount').notNull(),
    status: word('status', { length: 16 }).$type<PaymentStatus>().notNull(),
    expiresAt: utc('expires_at'),
    /** When the provider was first asked for the money. */
    startedAt: utc('started_at'),
    /** The charge that paid it, or the one that came too late. */
    chargeId: word('charge_id', { length: 64 }),
    /** Of the event that asked for the payment: what people and clocks do to it belongs to the same trace. */
    traceparent: word('traceparent', { length: 55 }),
    updatedAt: utc('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('payments_by_id').on(table.paymentId),
    index('payments_by_expiry').on(table.status, table.expiresAt),
  ],
);
export type Payment = typeof payments.$inferSelect;

/** `kept`: it paid the order. `to-refund`: it has to go back to the customer. */
export type ChargeStatus = 'kept' | 'to-refund' | 'refunded';

/**
 * The books of the money: every charge that a webhook reported, by the provider's id. What is not `refunded` is with us: for a paid order
 * exactly its price, for any other, in the end, nothing.
 */
export const charges = mysqlTable(
  'charges',
  {
    chargeId: word('charge_id', { length: 64 }).primaryKey(),
    orderId: uuidText('order_id').notNull(),
    paymentId: uuidText('payment_id').notNull(),
    amount: integer('amount').notNull(),
    status: word('status', { length: 16 }).$type<ChargeStatus>().notNull(),
    /** null: the webhook of the refund came first, that of the charge has not come yet. `amount` is then what it gave back. */
    chargedAt: utc('charged_at'),
    /** When the provider is to be asked for the refund, for the first time or again. */
    askAt: utc('ask_at'),
    asked: int('asked').notNull(),
    refundedAt: utc('refunded_at'),
  },
  (table) => [index('charges_by_order').on(table.orderId), index('charges_to_refund').on(table.status, table.askAt)],
);
export type Charge = typeof charges.$inferSelect;
