import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolConnection } from 'mysql2/promise';
import { retire } from './connect.ts';
import { isConflict, isDuplicateKey, isReadOnly } from './errors.ts';

/** An open transaction: the only thing that statements which change state accept. */
export type Transaction = Pick<PoolConnection, 'query' | 'connection'> & { readonly transaction: unique symbol };

const attempts = 8;

/**
 * Runs `work` in one transaction: COMMIT when it resolves, ROLLBACK on any error (R36, R43). Conflicts with other transactions
 * (deadlock, lock timeout, a key that appeared meanwhile) run the whole of `work` again, up to 8 times with growing jitter;
 * so `work` must have no effect outside the database. Where nothing can be written, it runs once more, in a new session: it may be
 * only the old ones that are read-only (C1). When the answer to COMMIT is lost, the error is thrown although the
 * effects may be there (R42): callers must be able to run again.
 */
export const transact = async <Result>(pool: Pool, work: (tx: Transaction) => Promise<Result>): Promise<Result> => {
  for (let attempt = 1; ; attempt++) {
    const connection = await pool.getConnection();
    try {
      await connection.query('START TRANSACTION');
      const result = await work(connection as unknown as Transaction);
      await connection.query('COMMIT');
      connection.release();
      return result;
    } catch (error) {
      const readOnly = isReadOnly(error);
      if (readOnly) {
        connection.destroy();
        retire(pool);
      } else await rollBack(connection);
      const again = isConflict(error) || isDuplicateKey(error) || (readOnly && attempt === 1);
      if (attempt >= attempts || !again) throw error;
      await delay(Math.random() * Math.min(200, 2 ** attempt));
    }
  }
};

/** A connection that cannot be rolled back is thrown away: the next borrower must not inherit its transaction. */
const rollBack = async (connection: PoolConnection) => {
  try {
    await connection.query('ROLLBACK');
    connection.release();
  } catch {
    connection.destroy();
  }
};
