import { integer, utc, uuidText, word } from '@quadrille/db/columns';
import { index, mediumtext, mysqlTable, varchar } from 'drizzle-orm/mysql-core';

/** `stopped`: it stopped by itself or an operator stopped it, and it can be resumed. */
export type OperationStatus = 'running' | 'done' | 'stopped' | 'failed';

/** The audit log: what operators did to the running system, who, why, and with which outcome. Kept for ever. */
export const operations = mysqlTable(
  'acts',
  {
    id: integer('id').autoincrement().primaryKey(),
    verb: word('verb', { length: 32 }).notNull(),
    who: varchar('who', { length: 128 }).notNull(),
    why: varchar('why', { length: 500 }).notNull(),
    /** JSON: what it was to do. */
    what: mediumtext('what').notNull(),
    status: word('status', { length: 16 }).$type<OperationStatus>().notNull(),
    /** JSON: what has come of it so far. */
    outcome: mediumtext('outcome'),
    /** JSON: where to go on after an interruption. */
    cursor: mediumtext('cursor'),
    /** The lease it holds while it runs: what is the same act has the same. */
    lease: word('lease', { length: 64 }).notNull(),
    /** Who asked it to stop while it ran, and why. */
    stopBy: varchar('stop_by', { length: 128 }),
    stopWhy: varchar('stop_why', { length: 500 }),
    startedAt: utc('started_at').notNull(),
    endedAt: utc('ended_at'),
  },
  (table) => [index('acts_by_lease').on(table.lease)],
);
export type OperationRow = typeof operations.$inferSelect;

/** What runs now, so that nothing runs twice at once. By the database's clock. */
export const leases = mysqlTable('leases', {
  name: word('name', { length: 64 }).primaryKey(),
  holder: uuidText('holder').notNull(),
  expiresAt: utc('expires_at').notNull(),
});

/** Units of a product, available, reserved and sold, as the last audit found them. Orders move them about and never change their sum. */
export const stockTotals = mysqlTable('stock_totals', {
  productId: integer('product_id').primaryKey(),
  units: integer('units').notNull(),
  seenAt: utc('seen_at').notNull(),
});

/** Divergences that an operator has accepted: `verify` lists them, and does not fail for them. */
export const acceptedFindings = mysqlTable('accepted_findings', {
  /** Of the finding: what it is, and of how much; it is another one when the amount changes. */
  id: word('id', { length: 16 }).primaryKey(),
  kind: word('kind', { length: 16 }).notNull(),
  orderId: uuidText('order_id'),
  /** In words, as the audit said it. */
  what: mediumtext('what').notNull(),
  who: varchar('who', { length: 128 }).notNull(),
  why: varchar('why', { length: 500 }).notNull(),
  acceptedAt: utc('accepted_at').notNull(),
});
