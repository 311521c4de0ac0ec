import { type Pool, query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { and, asc, eq, inArray, lte, type SQL, sql } from 'drizzle-orm';
import { decideWith, type PayState, type Received, subscribes } from './rules.ts';
import { type Charge, charges, type Payment, payments } from './schema.ts';

export const paymentRows = rowsOf(payments, 'orderId');
export const chargeRows = rowsOf(charges, 'chargeId');

/** @param expiry how long a customer may take to pay, in ms */
export const payWith = (expiry: number): Participant<PayState, Received> => ({
  name: 'pay',
  subscribes,
  state: {
    payment: { rows: paymentRows, key: (orderId) => orderId },
    charge: {
      rows: chargeRows,
      key: (_orderId, _event, { payment }) => payment?.chargeId ?? undefined,
    },
  },
  decide: decideWith(expiry),
  status: ({ payment }) => payment?.status,
});

/** A payment as it stands now. `remaining`: ms until it expires, by the database's clock. */
export type FoundPayment = { readonly payment: Payment; readonly remaining: number };

export const findPayment = async (pool: Pool, paymentId: string): Promise<FoundPayment | undefined> => {
  const remaining = sql<string>`COALESCE(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), ${payments.expiresAt}), 0)`;
  const [found] = await query(pool)
    .select({ payment: payments, remaining })
    .from(payments)
    .where(eq(payments.paymentId, paymentId));
  return found && { payment: found.payment, remaining: Math.floor(Number(found.remaining) / 1_000) };
};

/** Payments that were not made in time, by the database's clock; the longest overdue first. */
export const overduePayments = (pool: Pool, limit: number): Promise<Pick<Payment, 'orderId' | 'traceparent'>[]> =>
  query(pool)
    .select({ orderId: payments.orderId, traceparent: payments.traceparent })
    .from(payments)
    .where(and(eq(payments.status, 'pending'), lte(payments.expiresAt, now)))
    .orderBy(asc(payments.expiresAt))
    .limit(limit);

/** Charges that wait for their refund, and since when the oldest does. */
export const readRefunds = async (
  pool: Pool,
): Promise<{ readonly charges: number; readonly oldestSeconds: number }> => {
  const [found] = await query(pool)
    .select({
      charges: sql`COUNT(*)`.mapWith(Number),
      oldestSeconds: sql`COALESCE(TIMESTAMPDIFF(SECOND, MIN(${charges.chargedAt}), UTC_TIMESTAMP(3)), 0)`.mapWith(
        Number,
      ),
    })
    .from(charges)
    .where(eq(charges.status, 'to-refund'));
  return found ?? { charges: 0, oldestSeconds: 0 };
};

/** Charges whose refund is to be asked for now; each is put off, longer each time, before it is handed out. */
export const takeRefunds = async (pool: Pool, limit: number): Promise<Charge[]> => {
  const found = await query(pool)
    .select()
    .from(charges)
    .where(and(eq(charges.status, 'to-refund'), lte(charges.askAt, now)))
    .orderBy(asc(charges.askAt))
    .limit(limit);
  if (found.length === 0) return [];
  await query(pool)
    .update(charges)
    .set({
      asked: sql`${charges.asked} + 1`,
      askAt: sql`UTC_TIMESTAMP(3) + INTERVAL LEAST(300, POW(2, ${charges.asked} + 1)) SECOND`,
    })
    .where(
      and(
        inArray(
          charges.chargeId,
          found.map(({ chargeId }) => chargeId),
        ),
        eq(charges.status, 'to-refund'),
      ),
    );
  return found;
};

const now: SQL = sql`UTC_TIMESTAMP(3)`;
