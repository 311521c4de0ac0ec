import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolConnection } from 'mysql2/promise';
import { retire } from './connect.ts';
import { isConflict, isDuplicateKey, isReadOnly } from './errors.ts';
import { statementLimit } from './packet.ts';

/** An open transaction: the only thing that statements which change state accept. */
export type Transaction = Pick<PoolConnection, 'query'> & {
  /** The connection that it is open on. */
  readonly connection: object;
  /** Sends a statement together with the next one, COMMIT at the latest, in one round trip. Its error, if there is one, comes then. */
  readonly write: (sql: string, values: readonly unknown[]) => Promise<void>;
  readonly transaction: unique symbol;
};

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
      const { transaction, commit } = open(connection);
      const result = await work(transaction);
      await commit();
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

/** Several statements in one round trip, for tests that look at each. @see open */
export type Statements = { readonly sql: string; readonly statements: readonly string[] };

/** START TRANSACTION goes along with the first statement. */
const open = (connection: PoolConnection): { transaction: Transaction; commit: () => Promise<void> } => {
  const raw = connection.connection;
  const limit = statementLimit({ connection: raw });
  let waiting = ['START TRANSACTION'];
  let bytes = 0;

  const send = async (last: string): Promise<unknown> => {
    const statements = [...waiting, last];
    waiting = [];
    bytes = 0;
    if (statements.length === 1) return connection.query(last);
    const together: Statements = { sql: statements.join(';\n'), statements };
    const [answers, fields] = (await connection.query(together)) as unknown as [unknown[], unknown[]];
    return [answers.at(-1), fields.at(-1)];
  };
  /** What waits and this statement have to fit into one packet. */
  const makeRoom = async (statement: string): Promise<void> => {
    const size = Buffer.byteLength(statement) + 2;
    const last = waiting.at(-1);
    if (bytes + size > limit && last !== undefined) {
      waiting.pop();
      await send(last);
    }
    bytes += size;
  };
  const transaction = {
    connection: raw,
    query: async (sql: string, values?: unknown) => {
      const statement = connection.format(sql, values);
      await makeRoom(statement);
      return send(statement);
    },
    write: async (sql: string, values: readonly unknown[]) => {
      const statement = connection.format(sql, [...values]);
      await makeRoom(statement);
      waiting.push(statement);
    },
  } as unknown as Transaction;
  return { transaction, commit: async () => void (await send('COMMIT')) };
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
