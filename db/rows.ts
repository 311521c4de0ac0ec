import { getTableColumns, getTableName } from 'drizzle-orm';
import type { MySqlTable } from 'drizzle-orm/mysql-core';
import type { RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import { inStatements, statementLimit } from './packet.ts';
import type { Transaction } from './transaction.ts';

/** Whatever answers queries: a pool, a connection, a transaction. */
export type Queryable = Pick<Pool, 'query'>;

/**
 * Whole rows of one table, many at a time, by their primary key: what runs per batch of events. The text of each statement is
 * made once per table; the driver fills in the values. (Drizzle's builder costs 27 us a row here, this 5 us.)
 */
export type Rows<Row, Key extends string | number> = {
  readonly table: MySqlTable;
  readonly keyOf: (row: Row) => Key;
  /** Reads rows as they are committed, without a lock: for showing. */
  readonly read: (from: Queryable, keys: Iterable<Key>) => Promise<Row[]>;
  /** Reads rows by another column than the primary key. */
  readonly readBy: (from: Queryable, property: string, values: readonly (string | number)[]) => Promise<Row[]>;
  /** The rows behind a key, in key order. */
  readonly page: (from: Queryable, after: Key, limit: number) => Promise<Row[]>;
  /** Locks and reads the rows with these keys, in key order, so that two transactions never wait for each other in a circle. */
  readonly lock: (tx: Transaction, keys: Iterable<Key>) => Promise<Row[]>;
  /** Adds rows; a key that exists already is an error (1062), which `transact` answers by running the transaction again. */
  readonly insert: (tx: Transaction, rows: readonly Row[]) => Promise<void>;
  /** Replaces rows that this transaction has locked. */
  readonly update: (tx: Transaction, rows: readonly Row[]) => Promise<void>;
};

export const rowsOf = <Table extends MySqlTable, KeyName extends keyof Table['$inferSelect'] & string>(
  table: Table,
  keyName: KeyName,
): Rows<Table['$inferSelect'], Table['$inferSelect'][KeyName] & (string | number)> => {
  type Row = Table['$inferSelect'];
  type Key = Row[KeyName] & (string | number);
  const columns = Object.entries(getTableColumns(table)).map(([property, column]) => ({
    property,
    name: column.name,
    // The driver knows the other types by itself.
    custom: column.dataType === 'custom' ? column : null,
  }));
  const custom = columns.filter((column) => column.custom !== null);
  const keyColumn = columns.find(({ property }) => property === keyName)?.name;
  const quoted = columns.map(({ name }) => `\`${name}\``);
  const all = `SELECT ${columns.map(({ property, name }) => `\`${name}\` AS \`${property}\``)} FROM \`${getTableName(table)}\``;
  const select = `${all} WHERE \`${keyColumn}\` IN (?) ORDER BY \`${keyColumn}\``;
  const page = `${all} WHERE \`${keyColumn}\` > ? ORDER BY \`${keyColumn}\` LIMIT ?`;
  const insert = `INSERT INTO \`${getTableName(table)}\` (${quoted}) VALUES ?`;
  const update = `${insert} ON DUPLICATE KEY UPDATE ${quoted.filter((name) => name !== `\`${keyColumn}\``).map((name) => `${name} = VALUES(${name})`)}`;
  const values = (rows: readonly Row[]) =>
    rows.map((row) =>
      columns.map(({ property, custom }) => {
        const value = (row as Record<string, unknown>)[property];
        return custom && value !== null ? custom.mapToDriverValue(value) : value;
      }),
    );

  const find = async (from: Queryable, sql: string, keys: Iterable<Key>): Promise<Row[]> => {
    const sorted = [...keys].sort((a, b) => (a < b ? -1 : 1));
    return sorted.length === 0 ? [] : answer(from, sql, [sorted]);
  };

  const answer = async (from: Queryable, sql: string, parameters: readonly unknown[]): Promise<Row[]> => {
    const [rows] = await from.query<RowDataPacket[]>(sql, [...parameters]);
    for (const row of rows)
      for (const { property, custom: column } of custom)
        if (column && row[property] !== null) row[property] = column.mapFromDriverValue(row[property]);
    return rows as unknown as Row[];
  };

  /** As many statements as the server's `max_allowed_packet` asks for: mostly one. */
  const write = async (tx: Transaction, sql: string, rows: readonly Row[]): Promise<void> => {
    for (const piece of inStatements(values(rows), sql.length, statementLimit(tx))) await tx.write(sql, [piece]);
  };

  return {
    table,
    keyOf: (row) => row[keyName] as Key,
    read: (from, keys) => find(from, select, keys),
    readBy: (from, property, wanted) => {
      const column = columns.find((each) => each.property === property);
      if (!column) throw new Error(`${getTableName(table)} has no column for ${property}`);
      return answer(from, `${all} WHERE \`${column.name}\` IN (?)`, [wanted]);
    },
    page: (from, after, limit) => answer(from, page, [after, limit]),
    lock: (tx, keys) => find(tx, `${select} FOR UPDATE`, keys),
    insert: (tx, rows) => write(tx, insert, rows),
    update: (tx, rows) => write(tx, update, rows),
  };
};
