import type { Pool } from '@quadrille/db/connect';
import type { Queryable } from '../select.ts';

/** A database as it was at one moment, however long it is read. */
export type Snapshot = Queryable & { readonly end: () => Promise<void> };

export const openSnapshot = async (pool: Pool): Promise<Snapshot> => {
  const connection = await pool.getConnection();
  try {
    await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return {
    query: connection.query.bind(connection),
    end: async () => {
      await connection.query('ROLLBACK').catch(() => connection.destroy());
      connection.release();
    },
  };
};

/** Rows read ahead by one page; memory holds two. */
const pageSize = 5_000;

/** All rows in the order of their key, page by page. @param read answers the rows behind a key */
export async function* pagesByKey<Row, Key extends string | number>(
  first: Key,
  keyOf: (row: Row) => Key,
  read: (after: Key, limit: number) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  for (let ahead = read(first, pageSize); ; ) {
    const rows = await ahead;
    const last = rows.at(-1);
    if (last === undefined) return;
    ahead = rows.length < pageSize ? Promise.resolve([]) : read(keyOf(last), pageSize);
    // A caller that stops in between must not leave an unhandled rejection behind.
    ahead.catch(() => {});
    yield rows;
  }
}
