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
    const { transaction, commit, abandon } = open(connection);
    try {
      const result = await work(transaction);
      await commit();
      connection.release();
      return result;
    } catch (error) {
      abandon();
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

/** A statement that is to be sent, and who waits for its answer: nobody, for one that was written. */
type Waiting = {
  readonly statement: string;
  readonly resolve?: (answer: [unknown, unknown]) => void;
  readonly reject?: (error: unknown) => void;
};

type Open = {
  readonly transaction: Transaction;
  readonly commit: () => Promise<unknown>;
  /** Nothing is sent any more. */
  readonly abandon: () => void;
};

/**
 * Statements go to the server in the order in which they were asked for, and START TRANSACTION before them. Those that are asked for in the
 * same turn, without waiting for each other's answers, share a round trip.
 */
const open = (connection: PoolConnection): Open => {
  const raw = connection.connection;
  const limit = statementLimit({ connection: raw });
  let waiting: Waiting[] = [{ statement: 'START TRANSACTION' }];
  let bytes = 0;
  let isDue = false;
  let isAbandoned = false;
  /** Behind a statement that failed nothing is sent: where the server has undone the transaction, it would take effect by itself. */
  let sending: Promise<void> = Promise.resolve();

  const send = async (sent: readonly Waiting[]): Promise<void> => {
    if (isAbandoned) throw new Error('the transaction has ended');
    const statements = sent.map(({ statement }) => statement);
    const [alone, ...others] = sent;
    if (alone && others.length === 0) {
      const answer = await connection.query(alone.statement);
      return alone.resolve?.(answer);
    }
    const together: Statements = { sql: statements.join(';\n'), statements };
    const [answers, fields] = (await connection.query(together)) as unknown as [unknown[], unknown[]];
    for (const [index, { resolve }] of sent.entries()) resolve?.([answers[index], fields[index]]);
  };
  const flush = (): Promise<void> => {
    const sent = waiting;
    waiting = [];
    bytes = 0;
    isDue = false;
    if (sent.length === 0) return sending;
    sending = sending.then(() => send(sent));
    sending.catch((error: unknown) => {
      for (const { reject } of sent) reject?.(error);
    });
    return sending;
  };
  /** What waits has to fit into one packet. */
  const add = (entry: Waiting): Promise<void> => {
    const size = Buffer.byteLength(entry.statement) + 2;
    const sent = bytes + size > limit && waiting.length > 0 ? flush() : Promise.resolve();
    bytes += size;
    waiting.push(entry);
    return sent;
  };
  const query = (sql: string, values?: unknown): Promise<[unknown, unknown]> =>
    new Promise((resolve, reject) => {
      void add({ statement: connection.format(sql, values), resolve, reject }).catch(() => {});
      if (isDue) return;
      isDue = true;
      queueMicrotask(() => isDue && flush());
    });
  const transaction = {
    connection: raw,
    query,
    write: async (sql: string, values: readonly unknown[]) => add({ statement: connection.format(sql, [...values]) }),
  } as unknown as Transaction;
  return {
    transaction,
    commit: () => query('COMMIT'),
    abandon: () => {
      isAbandoned = true;
    },
  };
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
