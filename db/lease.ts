import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';

export type Lease = { readonly holder: string; readonly epoch: number };

/** How long a relay that fell silent keeps others waiting (ms). */
export const leaseTtl = 3_000;

/** Both sides of every comparison are the database's clock; processes' clocks never meet. */
const expiry = 'UTC_TIMESTAMP(3) + INTERVAL ? * 1000 MICROSECOND';

/** Of `relay_lease`, with the holder and the epoch as its two values: no other process has taken over, nor may. */
export const leaseIsHeld = `name = 'outbox' AND holder = ? AND epoch = ? AND expires_at > UTC_TIMESTAMP(3)`;

/**
 * A lease with more than twice its time to live ahead is nobody's: the database's clock was set back, or a dump of another server was
 * restored (C3). Twice, because a statement that waited for the row has a clock that stood still meanwhile. Whoever holds such a lease all the
 * same keeps it by renewing it before others ask; if they were first, the epoch tells.
 */
const isTooLong = 'expires_at > UTC_TIMESTAMP(3) + INTERVAL ? * 2000 MICROSECOND';

/** Takes the lease if no process holds it. @returns the lease, or null while another relay's is alive. */
export const acquireLease = async (pool: Pool, holder: string, ttl: number): Promise<Lease | null> => {
  await pool.query(
    `INSERT INTO relay_lease (name, holder, epoch, expires_at) VALUES ('outbox', ?, 0, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE name = name`,
    [holder],
  );
  await pool.query(
    `UPDATE relay_lease SET holder = ?, epoch = epoch + 1, expires_at = ${expiry}
     WHERE name = 'outbox' AND (expires_at <= UTC_TIMESTAMP(3) OR ${isTooLong})`,
    [holder, ttl, ttl],
  );
  const [rows] = await pool.query<RowDataPacket[]>(
    `SELECT epoch FROM relay_lease WHERE name = 'outbox' AND holder = ? AND expires_at > UTC_TIMESTAMP(3)`,
    [holder],
  );
  return rows[0] === undefined ? null : { holder, epoch: rows[0].epoch };
};

/** The lease that a relay holds now; null: no relay publishes this outbox. */
export const readLease = async (pool: Pick<Pool, 'query'>): Promise<Lease | null> => {
  const [rows] = await pool.query<RowDataPacket[]>(
    `SELECT holder, epoch FROM relay_lease WHERE name = 'outbox' AND expires_at > UTC_TIMESTAMP(3) AND NOT (${isTooLong})`,
    [leaseTtl],
  );
  return rows[0] === undefined ? null : { holder: rows[0].holder, epoch: rows[0].epoch };
};

/** Keeps the lease for another `ttl` ms. @returns false when it is lost. */
export const renewLease = async (pool: Pool, lease: Lease, ttl: number): Promise<boolean> => {
  const [result] = await pool.query<ResultSetHeader>(
    `UPDATE relay_lease SET expires_at = ${expiry} WHERE ${leaseIsHeld}`,
    [ttl, lease.holder, lease.epoch],
  );
  return result.affectedRows > 0;
};

/** Gives the lease back, so that another relay need not wait for it to run out. */
export const releaseLease = async (pool: Pool, lease: Lease): Promise<void> => {
  await pool.query(
    `UPDATE relay_lease SET expires_at = UTC_TIMESTAMP(3) WHERE name = 'outbox' AND holder = ? AND epoch = ?`,
    [lease.holder, lease.epoch],
  );
};
