import type { Pool } from '@quadrille/db/connect';
import { readParked } from '@quadrille/db/parked';

/** What is parked, in the order of its queue, without the bytes. */
export const parkedOf = async (pool: Pool) =>
  (await readParked(pool, { after: 0, limit: 1_000 })).map(({ eventId, correlationId, cause, attempts }) => ({
    eventId,
    correlationId,
    cause,
    attempts,
  }));

/** What people did, in that order. */
export const historyOf = async (pool: Pool) => {
  const [rows] = await pool.query(
    'SELECT action, done_by AS doneBy, why, parked_seq AS parkedSeq, payload, attempts FROM parked_history ORDER BY seq',
  );
  return rows as {
    action: string;
    doneBy: string;
    why: string;
    parkedSeq: number;
    payload: Buffer | null;
    attempts: number;
  }[];
};
