import type { Envelope } from '@quadrille/contracts/cloudevents';
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import { rowsOf } from './rows.ts';
import { outbox } from './tables.ts';
import type { Transaction } from './transaction.ts';

/** An event as the outbox keeps it. `seq` is the order of insertion, which for one order id is the order of commit. */
export type OutboxRow = Envelope & { readonly seq: number; readonly payload: Buffer };

const rows = rowsOf(outbox, 'seq');

/**
 * Stores events to publish, in the transaction that makes them true. The caller must hold the lock on the rows of their orders:
 * only then is insertion order commit order for each order id (R1).
 */
export const appendToOutbox = (tx: Transaction, events: readonly Omit<OutboxRow, 'seq'>[]): Promise<void> =>
  // seq 0: the server numbers them.
  rows.insert(
    tx,
    events.map((event) => ({ ...event, seq: 0 })),
  );

/** The oldest unpublished events. Never "those after the last one seen": a lower seq may become visible later (R1). */
export const readOutbox = async (pool: Pool, limit: number): Promise<OutboxRow[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT seq, id, topic, type, version, publisher, correlation_id AS correlationId, causation_id AS causationId, traceparent, time, payload
     FROM outbox ORDER BY seq LIMIT ?`,
    [limit],
  );
  return found as OutboxRow[];
};

/**
 * Removes what Kafka has acknowledged, if this relay still holds the lease; all or nothing.
 * @returns false when the lease has gone to another relay (R5): the rows stay, and will be published again by the new holder.
 */
export const deletePublished = async (
  pool: Pool,
  seqs: readonly number[],
  lease: { holder: string; epoch: number },
): Promise<boolean> => {
  const [result] = await pool.query<ResultSetHeader>(
    `DELETE FROM outbox WHERE seq IN (?) AND EXISTS
       (SELECT 1 FROM relay_lease WHERE name = 'outbox' AND holder = ? AND epoch = ? AND expires_at > UTC_TIMESTAMP(3))`,
    [seqs, lease.holder, lease.epoch],
  );
  return result.affectedRows > 0;
};
