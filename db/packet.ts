import type { PoolConnection } from 'mysql2';
import { StatementTooLarge } from './errors.ts';

/** What the driver adds around a statement, and a little more (bytes). */
const margin = 1_024;
/** No statement is made longer than this (bytes), whatever the server takes: it stands in memory as text. */
const longest = 16 * 1_048_576;
/** Of a server that has not been asked: what the smallest of those in use take (bytes). */
const unasked = 1_048_576;

const packets = new WeakMap<object, number>();

/** Asks a new connection how long a statement may be. It is queued before anything else that the connection is asked. */
export const askPacketSize = (connection: PoolConnection): void => {
  connection.query('SELECT @@max_allowed_packet AS bytes', (error, rows) => {
    const [row] = (!error && Array.isArray(rows) ? rows : []) as { bytes: number }[];
    if (row) packets.set(connection, Number(row.bytes));
  });
};

/** How long a statement of this transaction may be (bytes). */
export const statementLimit = ({ connection }: { readonly connection: object }): number =>
  Math.min((packets.get(connection) ?? unasked) - margin, longest);

/** The bytes that a value takes in a statement at most: bytes are written in hexadecimal, a letter takes up to three. */
export const sizeInStatement = (value: unknown): number => {
  if (Buffer.isBuffer(value)) return 2 * value.length + 8;
  return typeof value === 'string' ? 3 * value.length + 8 : 32;
};

/**
 * Divides rows into pieces that fit into a statement each, in their order.
 * @param around bytes of the statement without its rows
 * @throws StatementTooLarge when one row alone is too long
 */
export const inStatements = <Row extends readonly unknown[]>(
  rows: readonly Row[],
  around: number,
  limit: number,
): Row[][] => {
  const pieces: Row[][] = [];
  let piece: Row[] = [];
  let size = around;
  for (const row of rows) {
    let added = 2;
    for (const value of row) added += sizeInStatement(value);
    if (around + added > limit)
      throw new StatementTooLarge(
        `a row of ${added} bytes is longer than the database takes (${limit} bytes): raise its max_allowed_packet`,
      );
    if (size + added > limit) {
      pieces.push(piece);
      [piece, size] = [[], around];
    }
    piece.push(row);
    size += added;
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
};
