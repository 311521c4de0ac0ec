import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2';
import type { PoolConnection } from 'mysql2';
import { type Connection, createConnection, createPool, type Pool } from 'mysql2/promise';
import { askPacketSize } from './packet.ts';

export type { Connection, Pool } from 'mysql2/promise';

/**
 * What every session of ours is, whatever the server's defaults are. READ COMMITTED and UTC (R33, R37, R38). Strict, without zero dates.
 * The driver sends UTF-8 and escapes quotes by backslashes: with `NO_BACKSLASH_ESCAPES`, or with a character set that takes a backslash for
 * the second half of a character, the server would read a value as SQL (B6). Only modes that MariaDB and MySQL understand alike.
 */
const session = `SET SESSION transaction_isolation = 'READ-COMMITTED', time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', NAMES utf8mb4 COLLATE utf8mb4_unicode_ci`;

/**
 * A pool on one service's database, all of whose connections are set as `session` says. Connects lazily.
 * @param url mysql://user:password@host:port/database
 */
export const connect = (url: string, limit = 4): Pool => {
  const pool = createPool({
    uri: url,
    connectionLimit: limit,
    maxIdle: limit,
    timezone: 'Z',
    charset: 'utf8mb4',
    // A transaction sends several in one round trip. Values are escaped by the driver, as everywhere.
    multipleStatements: true,
    flags: ['-LOCAL_FILES'],
    enableKeepAlive: true,
    connectTimeout: 5_000,
    // Capturing a stack for each query costs more than many a query; awaiting callers appear in stacks anyway.
    trace: false,
  });
  const open = new Set<PoolConnection>();
  connections.set(pool, open);
  pool.pool.on('connection', (connection) => {
    open.add(connection);
    connection.once('end', () => open.delete(connection));
  });
  takeOnlySetUp(pool);
  return pool;
};

/** A connection leaves the pool only when its session is set; where that failed, it is closed. It is no round trip more: one for each new connection. */
const takeOnlySetUp = ({ pool }: Pool): void => {
  const setUp = new WeakSet<PoolConnection>();
  const take = pool.getConnection.bind(pool);
  pool.getConnection = (callback) =>
    take((error, connection) => {
      if (error) return callback(error, connection);
      if (retired.has(connection)) {
        connection.destroy();
        return pool.getConnection(callback);
      }
      if (setUp.has(connection)) return callback(null, connection);
      connection.query(session, (failure) => {
        if (failure) connection.destroy();
        else {
          setUp.add(connection);
          askPacketSize(connection);
        }
        callback(failure, connection);
      });
    });
};

/** A connection outside of a pool, set as those of a pool are; the caller ends it. */
export const openConnection = async (url: string): Promise<Connection> => {
  const connection = await createConnection({
    uri: url,
    timezone: 'Z',
    charset: 'utf8mb4',
    connectTimeout: 5_000,
  });
  try {
    await connection.query(session);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return connection;
};

const connections = new WeakMap<Pool, Set<PoolConnection>>();

/**
 * Closes all connections of a pool, also those that wait for an answer: behind a network that swallows everything they would wait for a
 * quarter of an hour. What is asked next gets new ones; what was asked is never answered.
 */
export const cutOff = (pool: Pool): void => {
  for (const connection of connections.get(pool) ?? []) connection.destroy();
  connections.get(pool)?.clear();
};

const retired = new WeakSet<PoolConnection>();

/**
 * None of the sessions that a pool has now is used again; each is closed when it would be taken. A session that was opened while the
 * server was read-only may stay so when the server is not any more, and one after a failover may still lead to the old server (C1).
 */
export const retire = (pool: Pool): void => {
  for (const connection of connections.get(pool) ?? []) retired.add(connection);
};

/** Drizzle's query builder on a pool: for reading and rare writes; what runs per event goes through `rows.ts`. */
export const query = (pool: Pool): MySql2Database => drizzle(pool);
