import type { Pool } from '@quadrille/db/connect';
import { type Queryable, select } from '../select.ts';

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

/**
 * All rows of a statement in the order of its key, page by page.
 * @param page takes what comes behind a key: `(after, limit) => [sql, values]`
 */
export async function* rowsByKey<Row>(
  from: Queryable,
  first: string | number,
  keyOf: (row: Row) => string | number,
  page: (after: string | number, limit: number) => [sql: string, values: readonly unknown[]],
): AsyncGenerator<Row[]> {
  const read = (after: string | number) => select<Row>(from, ...page(after, pageSize));
  for (let ahead = read(first); ; ) {
    const rows = await ahead;
    const last = rows.at(-1);
    if (last === undefined) return;
    ahead = rows.length < pageSize ? Promise.resolve([]) : read(keyOf(last));
    // Whoever stops in between must not leave a rejection behind.
    ahead.catch(() => {});
    yield rows;
  }
}
