import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import { type Lease, leaseIsHeld } from './lease.ts';
import { type OutboxRow, outboxColumns } from './outbox.ts';
import { type OutboxRefusal, parkOutboxRows } from './outbox-parked.ts';
import { formatRanges, noProgress, type Progress, parseRanges, type Range } from './progress.ts';
import { transact } from './transaction.ts';

/** SQL for the rows that this progress leaves open: those after it, and those that were missing. Each is a range of the primary key. */
export const unpublished = ({ publishedTo, missing }: Progress): string =>
  [`o.seq > ${publishedTo}`, ...missing.map(({ from, to }) => `o.seq BETWEEN ${from} AND ${to}`)].join(' OR ');

/** The oldest unpublished events: also a lower seq that became visible after higher ones (R1). */
export const readUnpublished = async (pool: Pool, progress: Progress, limit: number): Promise<OutboxRow[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT ${outboxColumns('o')} FROM outbox o WHERE ${unpublished(progress)} ORDER BY o.seq LIMIT ?`,
    [limit],
  );
  return found as OutboxRow[];
};

/** How far the outbox is published, as the database knows it. */
export const readProgress = async (pool: Pool): Promise<Progress> => (await readState(pool)).progress;

const readState = async (
  from: Pick<Pool, 'query'>,
  schema = '',
): Promise<{ progress: Progress; top: number; step: number }> => {
  const [[state]] = await from.query<RowDataPacket[]>(
    `SELECT (SELECT published_to FROM ${schema}relay_lease WHERE name = 'outbox') AS publishedTo,
       (SELECT missing FROM ${schema}relay_lease WHERE name = 'outbox') AS missing,
       (SELECT COALESCE(MAX(seq), 0) FROM ${schema}outbox) AS top, @@auto_increment_increment AS step`,
  );
  return { progress: toProgress(state?.publishedTo, state?.missing), top: state?.top, step: state?.step };
};

/** From the columns of `relay_lease`; without a row nothing is published. */
export const toProgress = (publishedTo: number | null | undefined, missing: string | null | undefined): Progress =>
  publishedTo == null ? noProgress : { publishedTo, missing: parseRanges(missing ?? '') };

/**
 * How far the outbox is published, for the relay that has just become its leader.
 * @returns renumbered: the outbox was emptied by hand or restored without its progress, and its numbers began anew. Then all that is there
 *   counts as unpublished; the inboxes drop what is not.
 */
export const takeUpProgress = async (pool: Pool, lease: Lease): Promise<Progress & { renumbered: boolean }> => {
  const { progress, top, step } = await readState(pool);
  if (step !== 1)
    throw new Error(
      `auto_increment_increment is ${step}: set it to 1, an outbox needs one server that numbers its rows`,
    );
  // The newest row is never purged, so that it tells.
  if (progress.publishedTo <= top) return { ...progress, renumbered: false };
  await transact(pool, async (tx) => {
    if (!(await writeProgress(tx, lease, noProgress))) return;
    await tx.query('DELETE FROM outbox_marks');
    await tx.query('DELETE FROM outbox_parked');
  });
  return { ...noProgress, renumbered: true };
};

/** False once the table has been emptied or restored behind the relay's back (`takeUpProgress` sets it right). */
export const isInStep = async (pool: Pool, { publishedTo }: Progress): Promise<boolean> =>
  (await readState(pool)).top >= publishedTo;

/**
 * Writes down that rows are dealt with, published or parked, if this relay still holds the lease.
 * @returns false when the lease has gone to another relay (R5): nothing is marked, and the new holder publishes them again.
 */
export const recordProgress = async (
  pool: Pool,
  lease: Lease,
  progress: Progress,
  parked: readonly OutboxRefusal[] = [],
): Promise<boolean> => {
  // One small row, whatever the number of events; nothing else in what runs for every batch.
  if (parked.length === 0) return writeProgress(pool, lease, progress);
  return transact(pool, async (tx) => {
    const held = await writeProgress(tx, lease, progress);
    if (held) await parkOutboxRows(tx, parked);
    return held;
  });
};

const writeProgress = async (
  to: Pick<Pool, 'query'>,
  lease: Lease,
  { publishedTo, missing }: Progress,
): Promise<boolean> => {
  const [result] = await to.query<ResultSetHeader>(
    `UPDATE relay_lease SET published_to = ?, missing = ? WHERE ${leaseIsHeld}`,
    [publishedTo, formatRanges(missing), lease.holder, lease.epoch],
  );
  return result.affectedRows > 0;
};

/**
 * Which of these missing numbers belong to a row, committed or not: a dirty read, which sees what open transactions have inserted.
 * A number that none of them has, some time after rows with higher numbers were there, will never come.
 */
export const findInserted = async (pool: Pool, ranges: readonly Range[]): Promise<number[]> => {
  const connection = await pool.getConnection();
  try {
    // For the next statement alone.
    await connection.query('SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
    const within = ranges.map(({ from, to }) => `seq BETWEEN ${from} AND ${to}`).join(' OR ');
    const [found] = await connection.query<RowDataPacket[]>(`SELECT seq FROM outbox WHERE ${within} ORDER BY seq`);
    connection.release();
    return found.map(({ seq }) => seq);
  } catch (error) {
    connection.destroy();
    throw error;
  }
};

/**
 * Events not yet published, and when the oldest of them was made; parked ones are not among them.
 * @param database another one than the connection's own
 */
export const readDepth = async (
  from: Pick<Pool, 'query'>,
  database?: string,
): Promise<{ events: number; oldest: Date | null }> => {
  const schema = database === undefined ? '' : `\`${database}\`.`;
  const { progress } = await readState(from, schema);
  const [[found]] = await from.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS events, MIN(o.time) AS oldest FROM ${schema}outbox o WHERE ${unpublished(progress)}`,
  );
  return { events: found?.events, oldest: found?.oldest === null ? null : new Date(found?.oldest) };
};
