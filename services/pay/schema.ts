import { integer, utc, uuidText, word } from '@quadrille/db/columns';
import { index, int, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';

/**
 * `voided`: cancelled before money moved. `refunding`: money has moved that must go back, and the provider has not said yet that it did;
 * then `refunded`. `tombstone`: the order was cancelled before pay heard of it.
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

/** `kept`: it paid the order. `to-refund`: nobody is owed this money but the customer. */
export type ChargeStatus = 'kept' | 'to-refund' | 'refunded';

/**
 * The books of the money: every charge the provider told us of, by the provider's id. What is not `refunded` is with us: for a paid order
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
    /** null: the provider has told of the refund first, and not yet of the charge. `amount` is then what it gave back. */
    chargedAt: utc('charged_at'),
    /** When the provider is to be asked for the refund, for the first time or again. */
    askAt: utc('ask_at'),
    asked: int('asked').notNull(),
    refundedAt: utc('refunded_at'),
  },
  (table) => [index('charges_by_order').on(table.orderId), index('charges_to_refund').on(table.status, table.askAt)],
);
export type Charge = typeof charges.$inferSelect;

/** How the built-in test provider can be told to behave. */
export const outcomes = ['success', 'decline', 'slow', 'twice', 'never'] as const;
export type Outcome = (typeof outcomes)[number];

/** `charged`: the money is taken. */
export type TestChargeStatus = 'accepted' | 'charged' | 'declined' | 'refunded';

/**
 * The ledger of the built-in test provider, which would have it in a database of its own. Nothing of pay reads or writes it; they speak by
 * the provider's port and the webhook.
 */
export const testProviderCharges = mysqlTable(
  'test_provider_charges',
  {
    paymentId: uuidText('payment_id').primaryKey(),
    chargeId: uuidText('charge_id').notNull(),
    amount: integer('amount').notNull(),
    outcome: word('outcome', { length: 16 }).$type<Outcome>().notNull(),
    status: word('status', { length: 16 }).$type<TestChargeStatus>().notNull(),
    /** When there is something to do next: to move the money, or to tell the shop. null: nothing. */
    dueAt: utc('due_at'),
    /** Of the message that tells the shop of `status`. */
    webhookId: uuidText('webhook_id'),
    attempts: int('attempts').notNull(),
    updatedAt: utc('updated_at').notNull(),
  },
  (table) => [index('test_provider_charges_due').on(table.dueAt)],
);
export type TestCharge = typeof testProviderCharges.$inferSelect;
