import type { RowDataPacket } from 'mysql2/promise';
import { rowsOf } from './rows.ts';
import { inbox } from './tables.ts';
import type { Transaction } from './transaction.ts';

const rows = rowsOf(inbox, 'eventId');

/**
 * The database's clock (the one clock a decision may use, R33) and which of these events were taken in before.
 * A plain read: what another transaction is taking in at this moment is found by the primary key in `recordInInbox`.
 */
export const lookIntoInbox = async (
  tx: Transaction,
  eventIds: readonly string[],
): Promise<{ now: Date; taken: Set<string> }> => {
  const clock = "SELECT DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f') AS value";
  const [found] = await tx.query<RowDataPacket[]>(
    eventIds.length === 0 ? clock : `${clock} UNION ALL SELECT event_id FROM inbox WHERE event_id IN (?)`,
    [eventIds],
  );
  const [now, ...taken] = found.map((row) => String(row.value));
  return { now: new Date(`${now?.slice(0, 23)}Z`), taken: new Set(taken) };
};

/**
 * Remembers events as taken in. A plain INSERT: a second copy that a stalled consumer applies at the same time fails on the
 * primary key, and `transact` runs it again. Neither `INSERT IGNORE` (which hides other errors, R41) nor `affectedRows` (which counts
 * duplicates as rows under mysql2's default flags, R40) has a say in what is a duplicate.
 */
export const recordInInbox = (tx: Transaction, eventIds: readonly string[], takenAt: Date): Promise<void> =>
  // Sorted, so that two transactions insert in the same order and do not deadlock (R27).
  rows.insert(
    tx,
    [...eventIds].sort().map((eventId) => ({ eventId, takenAt })),
  );
