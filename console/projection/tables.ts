import type { Pool } from '@quadrille/db/connect';
import { type Rows, rowsOf } from '@quadrille/db/rows';
import type { Transaction } from '@quadrille/db/transaction';
import { getTableName } from 'drizzle-orm';
import { mysqlTable } from 'drizzle-orm/mysql-core';
import {
  type EventRow,
  eventColumns,
  events,
  minutes,
  type OrderRow,
  orderColumns,
  orders,
  unrecognized,
} from '../schema.ts';

/** The tables that a rebuild makes anew and swaps. */
export const projected = [orders, events, minutes, unrecognized].map(getTableName);

/** One generation of the read model: the live tables, or those that a rebuild fills beside them. */
export type Generation = {
  readonly orders: Rows<OrderRow, string>;
  readonly events: Rows<EventRow, string>;
  /** What the live tables' name becomes. */
  readonly suffix: '' | '_next';
};

const generation = (suffix: Generation['suffix']): Generation => ({
  orders: rowsOf(mysqlTable(`orders${suffix}`, orderColumns), 'orderId'),
  events: rowsOf(mysqlTable(`events${suffix}`, eventColumns), 'eventId'),
  suffix,
});

export const live = generation('');
export const next = generation('_next');

/** Makes the row that writers of the read model share. Safe to run again. */
export const openGate = async (pool: Pool): Promise<void> => {
  await pool.query('INSERT INTO gate (id) VALUES (1) ON DUPLICATE KEY UPDATE id = id');
};

/** Whatever answers queries. */
export type Queryable = Pick<Pool, 'query'> | Pick<Transaction, 'query'>;

/** Rows as a statement answers them. The caller says what they look like. */
export const select = async <Row>(from: Queryable, sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await from.query(sql, [...values]))[0] as unknown as Row[];
