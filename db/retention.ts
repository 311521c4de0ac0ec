import { setTimeout as delay } from 'node:timers/promises';
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import { type Lease, leaseIsHeld } from './lease.ts';
import { type Progress, settledTo } from './progress.ts';

/** Rows removed by one statement, and the rest after it (ms): no other statement waits long for a purge. */
const step = 1_000;
const rest = 50;

/** A moment that many ms ago, by the database's clock. */
const ago = 'UTC_TIMESTAMP(3) - INTERVAL ? * 1000 MICROSECOND';

/**
 * Writes down how far the outbox is published now, if the last such mark is older than `every` ms and this relay holds the lease. A mark
 * from a clock that was ahead does not count: else none would be made, and nothing purged, until that time has come (C3).
 */
export const markProgress = async (pool: Pool, lease: Lease, progress: Progress, every: number): Promise<void> => {
  await pool.query(
    `INSERT INTO outbox_marks (at, settled_to) SELECT UTC_TIMESTAMP(3), ? FROM relay_lease
     WHERE ${leaseIsHeld} AND NOT EXISTS (SELECT 1 FROM outbox_marks m WHERE m.at > ${ago} AND m.at <= UTC_TIMESTAMP(3))`,
    [settledTo(progress), lease.holder, lease.epoch, every],
  );
};

/**
 * Removes outbox rows that were published longer ago than `retention` ms, in small steps. The marks say which: every row below a mark was
 * published, parked or never there when the mark was made. What is parked stays, and so does the trace of it for as long.
 * The newest row always stays: by it the relay sees whether the numbers began anew.
 * @returns how many rows went
 */
export const purgeOutbox = async (pool: Pool, retention: number, signal?: AbortSignal): Promise<number> => {
  const [[mark]] = await pool.query<RowDataPacket[]>(
    `SELECT at, settled_to AS settledTo FROM outbox_marks WHERE at < ${ago} ORDER BY at DESC LIMIT 1`,
    [retention],
  );
  if (!mark) return 0;
  await pool.query(
    `DELETE FROM outbox_parked WHERE COALESCE(published_at, decided_at) < ${ago} AND status IN ('published', 'discarded')`,
    [retention],
  );
  const untouched = 'NOT EXISTS (SELECT 1 FROM outbox_parked p WHERE p.seq = outbox.seq)';
  const purged = await purge(pool, ['outbox', 'seq', untouched, []], 0, mark.settledTo - 1, signal);
  await pool.query('DELETE FROM outbox_marks WHERE at < ?', [mark.at]);
  return purged;
};

/**
 * Removes what was processed longer ago than `retention` ms, in small steps along the primary key. Event ids begin with the time they were
 * made at (UUIDv7), so ids older than that bound the search, without an index. What decides is `taken_at`: an event that was published
 * late has an old id and may still be delivered again. A publisher whose clock is ahead makes rows stay longer, one whose clock is behind
 * makes the search wider; neither makes a row go too early. @returns how many rows went
 */
export const purgeInbox = async (pool: Pool, retention: number, signal?: AbortSignal): Promise<number> => {
  const [[clock]] = await pool.query<RowDataPacket[]>(`SELECT ${ago} AS cut`, [retention]);
  return purge(pool, ['inbox', 'event_id', 'taken_at < ?', [clock?.cut]], '', firstIdOf(clock?.cut), signal);
};

/**
 * Removes the rows after `from` and up to `to` that meet a condition. Each step begins where the last one ended, so that none of them
 * walks over what was deleted before it.
 */
const purge = async (
  pool: Pool,
  [table, key, condition, values]: [table: string, key: string, condition: string, values: unknown[]],
  from: number | string,
  to: number | string,
  signal: AbortSignal | undefined,
): Promise<number> => {
  let purged = 0;
  for (let start = from; !signal?.aborted; ) {
    const [[last]] = await pool.query<RowDataPacket[]>(
      `SELECT ${key} AS id FROM ${table} WHERE ${key} > ? AND ${key} <= ? ORDER BY ${key} LIMIT 1 OFFSET ${step - 1}`,
      [start, to],
    );
    const [result] = await pool.query<ResultSetHeader>(
      `DELETE FROM ${table} WHERE ${key} > ? AND ${key} <= ? AND ${condition}`,
      [start, last?.id ?? to, ...values],
    );
    purged += result.affectedRows;
    if (!last) break;
    start = last.id;
    await delay(rest, undefined, signal ? { signal } : {}).catch(() => {
      // Aborted: the loop sees it.
    });
  }
  return purged;
};

/** Below every UUIDv7 made at this moment or later. */
const firstIdOf = (moment: Date): string => {
  const time = moment.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
};
