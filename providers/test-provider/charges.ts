import { randomUUID } from 'node:crypto';
import { type Pool, query } from '@quadrille/db/connect';
import { and, eq, inArray, lte, type SQL, sql } from 'drizzle-orm';
import { type Charge, type ChargeStatus, type Outcome, charges as table } from './schema.ts';

/** The books of the test provider. Each step is one statement that looks where the charge stands, so repeating any of them is safe. */

/** ms until the money moves; null: never. */
const delays: Record<Outcome, number | null> = { success: 0, decline: 0, slow: 5_000, twice: 0, never: null };

const now: SQL<Date> = sql`UTC_TIMESTAMP(3)`;

/** One charge for each payment, whatever is repeated; answers whether this one is new. */
export const accept = async (
  pool: Pool,
  charge: Pick<Charge, 'paymentId' | 'amount' | 'outcome'>,
): Promise<boolean> => {
  const delay = delays[charge.outcome];
  const dueAt = delay === null ? null : sql`UTC_TIMESTAMP(3) + INTERVAL ${delay * 1_000} MICROSECOND`;
  const blank = { webhookId: null, attempts: 0, updatedAt: now };
  const [{ affectedRows }] = await query(pool)
    .insert(table)
    .ignore()
    .values({ ...charge, chargeId: randomUUID(), status: 'accepted', dueAt, ...blank });
  return affectedRows === 1;
};

/** The money moves, or is refused. */
export const move = async (pool: Pool, { paymentId, outcome }: Charge): Promise<void> => {
  await become(pool, paymentId, 'accepted', outcome === 'decline' ? 'declined' : 'charged');
};

/** The money goes back once; each request for it sends the webhook again. */
export const giveBack = async (pool: Pool, charge: Pick<Charge, 'paymentId' | 'chargeId'>): Promise<void> => {
  const { paymentId, chargeId } = charge;
  if (await become(pool, paymentId, 'charged', 'refunded')) return;
  const [{ affectedRows }] = await query(pool)
    .update(table)
    .set({ dueAt: now })
    .where(and(eq(table.paymentId, paymentId), eq(table.chargeId, chargeId), eq(table.status, 'refunded')));
  if (affectedRows === 0) throw new Error(`the test provider has no charge ${chargeId} to give back`);
};

const become = async (pool: Pool, paymentId: string, from: ChargeStatus, to: ChargeStatus): Promise<boolean> => {
  const [{ affectedRows }] = await query(pool)
    .update(table)
    .set({ status: to, webhookId: randomUUID(), dueAt: now, attempts: 0, updatedAt: now })
    .where(and(eq(table.paymentId, paymentId), eq(table.status, from)));
  return affectedRows === 1;
};

/** The shop has answered the webhook with 2xx. */
export const told = (pool: Pool, charge: Charge): Promise<void> => afterMessage(pool, charge, { dueAt: null });

/** The webhook failed: again later, after a longer time at each attempt, without end. */
export const tellAgain = (pool: Pool, charge: Charge): Promise<void> => {
  const seconds = Math.min(60, 2 ** charge.attempts);
  const dueAt = sql`UTC_TIMESTAMP(3) + INTERVAL ${seconds} SECOND`;
  return afterMessage(pool, charge, { dueAt, attempts: charge.attempts + 1 });
};

/** Changes nothing when there is a newer message to tell by now. */
const afterMessage = async (
  pool: Pool,
  { paymentId, webhookId }: Charge,
  change: { dueAt: SQL | null; attempts?: number },
): Promise<void> => {
  await query(pool)
    .update(table)
    .set(change)
    .where(and(eq(table.paymentId, paymentId), eq(table.webhookId, String(webhookId))));
};

/** Those of these charges that there is something to do about now. */
export const dueAmong = (pool: Pool, paymentIds: readonly string[]): Promise<Charge[]> =>
  query(pool)
    .select()
    .from(table)
    .where(and(inArray(table.paymentId, [...paymentIds]), lte(table.dueAt, now)));

export const findDue = async (pool: Pool, limit: number): Promise<string[]> => {
  const found = await query(pool)
    .select({ paymentId: table.paymentId })
    .from(table)
    .where(lte(table.dueAt, now))
    .limit(limit);
  return found.map(({ paymentId }) => paymentId);
};
