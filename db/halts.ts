import type { RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import type { halts } from './tables.ts';

/** A partition that a service does not process, because it could apply too few of the last events. */
export type HaltRow = typeof halts.$inferSelect;
export type HaltedRange = Omit<HaltRow, 'since' | 'seenAt'>;

/** Says where the service stands; again and again while it does. */
export const recordHalt = async (pool: Pool, ranges: readonly HaltedRange[]): Promise<void> => {
  for (const { topic, partition, fromOffset, toOffset, cause } of ranges)
    await pool.query(
      `INSERT INTO halts (topic, \`partition\`, from_offset, to_offset, cause, since, seen_at)
       VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
       ON DUPLICATE KEY UPDATE since = IF(from_offset = VALUES(from_offset), since, VALUES(since)), from_offset = VALUES(from_offset),
         to_offset = VALUES(to_offset), cause = VALUES(cause), seen_at = VALUES(seen_at)`,
      [topic, partition, fromOffset, toOffset, cause],
    );
};

/** The service goes on there. */
export const forgetHalt = async (pool: Pool, ranges: readonly HaltedRange[]): Promise<void> => {
  for (const { topic, partition } of ranges)
    await pool.query('DELETE FROM halts WHERE topic = ? AND `partition` = ?', [topic, partition]);
};

/** Where a service stands now: one that is not there any more has not said so for a minute. */
export const readHalts = async (pool: Pool): Promise<HaltRow[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT topic, \`partition\`, from_offset AS fromOffset, to_offset AS toOffset, cause, since, seen_at AS seenAt FROM halts
     WHERE seen_at > UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE ORDER BY topic, \`partition\``,
  );
  return found as HaltRow[];
};
