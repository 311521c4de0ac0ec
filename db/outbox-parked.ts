import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import { type Lease, leaseIsHeld } from './lease.ts';
import { type OutboxRow, outboxColumns } from './outbox.ts';
import type { Trace } from './parked.ts';
import type { OutboxParkedStatus } from './tables.ts';
import { type Transaction, transact } from './transaction.ts';

/** A row that Kafka refuses for good, and why; cause null: one that has to wait behind it. */
export type OutboxRefusal = { readonly seq: number; readonly correlationId: string; readonly cause: string | null };

/** An outbox row that is set aside, or the trace of one that was. */
export type OutboxParked = {
  readonly seq: number;
  readonly correlationId: string;
  readonly topic: string;
  readonly status: OutboxParkedStatus;
  readonly cause: string | null;
  readonly attempts: number;
  readonly parkedAt: Date;
  /** Who released or discarded it, and why. */
  readonly decidedBy: string | null;
  readonly why: string | null;
  readonly decidedAt: Date | null;
  readonly publishedAt: Date | null;
};

const longestCause = 2_000;

/** Sets rows aside, in the transaction that moves the relay's progress past them. */
export const parkOutboxRows = async (tx: Transaction, refusals: readonly OutboxRefusal[]): Promise<void> => {
  const row = '(?, ?, ?, ?, ?, UTC_TIMESTAMP(3))';
  await tx.query(
    `INSERT INTO outbox_parked (seq, correlation_id, status, cause, attempts, parked_at) VALUES ${refusals.map(() => row)}`,
    refusals.flatMap(({ seq, correlationId, cause }) =>
      cause === null
        ? [seq, correlationId, 'waiting', null, 0]
        : [seq, correlationId, 'refused', cause.slice(0, longestCause), 1],
    ),
  );
};

/** Orders with rows set aside: what they have to say next must wait, too. */
export const readParkedOrders = async (pool: Pool): Promise<Set<string>> => {
  const [found] = await pool.query<RowDataPacket[]>(
    "SELECT DISTINCT correlation_id AS id FROM outbox_parked WHERE status IN ('refused', 'waiting')",
  );
  return new Set(found.map(({ id }) => id));
};

/** Rows that wait behind nothing any more: the refused row before them was released or discarded. */
export const readRetried = async (pool: Pool, limit: number): Promise<OutboxRow[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT ${outboxColumns('o')} FROM outbox_parked p JOIN outbox o USING (seq)
     WHERE p.status = 'waiting' AND NOT EXISTS
       (SELECT 1 FROM outbox_parked r WHERE r.correlation_id = p.correlation_id AND r.status = 'refused')
     ORDER BY o.seq LIMIT ?`,
    [limit],
  );
  return found as OutboxRow[];
};

/** One refused row for each cause, those first that were tried least often; it is the first of its order. */
export const readOneOfEachCause = async (pool: Pool, limit: number): Promise<(OutboxRow & { cause: string })[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT ${outboxColumns('o')}, p.cause FROM outbox_parked p JOIN outbox o USING (seq)
     JOIN (SELECT MIN(seq) AS seq FROM outbox_parked WHERE status = 'refused' GROUP BY cause) first USING (seq)
     ORDER BY p.attempts, o.seq LIMIT ?`,
    [limit],
  );
  return found as (OutboxRow & { cause: string })[];
};

/**
 * Writes down what became of rows that were published once more, if this relay still holds the lease.
 * @returns false when it does not: nothing is marked
 */
export const recordRetried = (
  pool: Pool,
  lease: Lease,
  published: readonly number[],
  refused: readonly OutboxRefusal[],
): Promise<boolean> =>
  transact(pool, async (tx) => {
    const [held] = await tx.query<RowDataPacket[]>(`SELECT 1 FROM relay_lease WHERE ${leaseIsHeld} FOR UPDATE`, [
      lease.holder,
      lease.epoch,
    ]);
    if (held.length === 0) return false;
    if (published.length > 0)
      await tx.query(
        "UPDATE outbox_parked SET status = 'published', published_at = UTC_TIMESTAMP(3) WHERE seq IN (?)",
        [published],
      );
    // Somebody may have given it up meanwhile.
    for (const { seq, cause } of refused)
      await tx.query(
        "UPDATE outbox_parked SET status = 'refused', cause = ?, attempts = attempts + 1 WHERE seq = ? AND status <> 'discarded'",
        [cause?.slice(0, longestCause) ?? null, seq],
      );
    return true;
  });

/** What is set aside, and the trace of what was, in the order of the outbox. */
export const listOutboxParked = async (pool: Pool): Promise<OutboxParked[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT seq, p.correlation_id AS correlationId, COALESCE(o.topic, '') AS topic, status, cause, attempts, parked_at AS parkedAt,
       decided_by AS decidedBy, why, decided_at AS decidedAt, published_at AS publishedAt
     FROM outbox_parked p LEFT JOIN outbox o USING (seq) ORDER BY seq`,
  );
  return found as OutboxParked[];
};

/**
 * Has the relay publish refused rows again, and then those that wait behind them, now that the cause is mended.
 * @returns how many of these were refused rows
 */
export const retryOutboxParked = (pool: Pool, seqs: readonly number[], trace: Trace): Promise<number> =>
  decide(pool, 'seq IN (?)', seqs.length === 0 ? [0] : seqs, 'waiting', trace);

/** The same, for all rows with this cause. */
export const retryWithCause = (pool: Pool, cause: string, trace: Trace): Promise<number> =>
  decide(pool, 'cause = ?', cause, 'waiting', trace);

/**
 * Gives a refused row up: it is never published, those that wait behind it are. It stays in the table, with who decided it and why.
 * @returns false when there is no refused row with this number
 */
export const discardOutboxParked = async (pool: Pool, seq: number, trace: Trace): Promise<boolean> =>
  (await decide(pool, 'seq = ?', seq, 'discarded', trace)) > 0;

/** The relay that leads sees it within a second or so. */
const decide = async (
  pool: Pool,
  which: string,
  value: number | string | readonly number[],
  status: OutboxParkedStatus,
  { by, why }: Trace,
): Promise<number> => {
  const [result] = await pool.query<ResultSetHeader>(
    `UPDATE outbox_parked SET status = ?, decided_by = ?, why = ?, decided_at = UTC_TIMESTAMP(3) WHERE ${which} AND status = 'refused'`,
    [status, by, why, value],
  );
  return result.affectedRows;
};
