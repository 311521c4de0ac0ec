import type { Connection } from '@quadrille/db/connect';
import type { Transaction } from '@quadrille/db/transaction';

/** Whatever a transaction has written so far is at the server now: else it goes along with the next statement. */
export const sent = async (tx: Transaction): Promise<void> => {
  await tx.query('DO 0');
};

/** A connection in the place of a transaction: each statement is sent at once, and commits by itself. */
export const withoutTransaction = (connection: Connection): Transaction =>
  ({
    connection,
    query: connection.query.bind(connection),
    write: async (sql: string, values: readonly unknown[]) => void (await connection.query(sql, [...values])),
  }) as unknown as Transaction;
