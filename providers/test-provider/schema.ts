import { integer, utc, uuidText, word } from '@quadrille/db/columns';
import { index, int, mysqlTable } from 'drizzle-orm/mysql-core';

/** The behaviours that a customer can choose. */
export const outcomes = ['success', 'decline', 'slow', 'twice', 'never'] as const;
export type Outcome = (typeof outcomes)[number];

/** `charged`: the money is taken. */
export type ChargeStatus = 'accepted' | 'charged' | 'declined' | 'refunded';

/** The charges of the test provider, in a database of its own: pay cannot see it. They speak by the provider's port and the webhook. */
export const charges = mysqlTable(
  'charges',
  {
    paymentId: uuidText('payment_id').primaryKey(),
    chargeId: uuidText('charge_id').notNull(),
    amount: integer('amount').notNull(),
    outcome: word('outcome', { length: 16 }).$type<Outcome>().notNull(),
    status: word('status', { length: 16 }).$type<ChargeStatus>().notNull(),
    /** When there is something to do next: to move the money, or to tell the shop. null: nothing. */
    dueAt: utc('due_at'),
    /** Of the message that tells the shop of `status`. */
    webhookId: uuidText('webhook_id'),
    attempts: int('attempts').notNull(),
    updatedAt: utc('updated_at').notNull(),
  },
  (table) => [index('charges_due').on(table.dueAt)],
);
export type Charge = typeof charges.$inferSelect;
