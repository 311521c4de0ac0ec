import type { RowDataPacket } from 'mysql2/promise';
import { rowsOf } from './rows.ts';
import { mayCome } from './skipped.ts';
import { inbox } from './tables.ts';
import type { Transaction } from './transaction.ts';

const rows = rowsOf(inbox, 'eventId');

/**
 * The database's clock (the one clock a decision may use, R33), which of these events were processed before, and whether any event at all
 * is parked, or chosen by an operator to be skipped: four answers in one round trip. A plain read: what another transaction is processing at this moment is found by the primary
 * key in `insertInbox`.
 */
export const readInbox = async (
  tx: Transaction,
  eventIds: readonly string[],
): Promise<{ now: Date; taken: Set<string>; anyParked: boolean; anySkips: boolean }> => {
  const clock = `SELECT DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f') AS value, EXISTS (SELECT 1 FROM parked) AS parked,
    EXISTS (SELECT 1 FROM skipped_ranges WHERE ${mayCome}) AS skips`;
  const inbox = 'SELECT event_id AS value, NULL AS parked, NULL AS skips FROM inbox WHERE event_id IN (?)';
  const [found] = await tx.query<RowDataPacket[]>(eventIds.length === 0 ? clock : `${inbox} UNION ALL ${clock}`, [
    eventIds,
  ]);
  const last = found.pop();
  return {
    now: new Date(`${String(last?.value).slice(0, 23)}Z`),
    taken: new Set(found.map((row) => String(row.value))),
    anyParked: Number(last?.parked) === 1,
    anySkips: Number(last?.skips) === 1,
  };
};

/**
 * Remembers events as processed. A plain INSERT: a second copy that a stalled consumer applies at the same time fails on the
 * primary key, and `transact` runs it again. Neither `INSERT IGNORE` (which hides other errors, R41) nor `affectedRows` (which counts
 * duplicates as rows under mysql2's default flags, R40) has a say in what is a duplicate.
 */
export const insertInbox = (tx: Transaction, eventIds: readonly string[], takenAt: Date): Promise<void> =>
  // Sorted, so that two transactions insert in the same order and do not deadlock (R27).
  rows.insert(
    tx,
    [...eventIds].sort().map((eventId) => ({ eventId, takenAt })),
  );
