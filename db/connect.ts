import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2';
import type { PoolConnection } from 'mysql2';
import { createPool, type Pool } from 'mysql2/promise';
import { askPacketSize } from './packet.ts';

export type { Pool } from 'mysql2/promise';

/**
 * A pool on one service's database. READ COMMITTED and UTC on every connection (R33, R37, R38). Connects lazily.
 * @param url mysql://user:password@host:port/database
 */
export const connect = (url: string, limit = 4): Pool => {
  const pool = createPool({
    uri: url,
    connectionLimit: limit,
    maxIdle: limit,
    timezone: 'Z',
    charset: 'utf8mb4',
    multipleStatements: false,
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
    // Queued before anything else the new connection is asked.
    connection.query("SET SESSION transaction_isolation = 'READ-COMMITTED', time_zone = '+00:00'", (error) => {
      if (error) connection.destroy();
    });
    askPacketSize(connection);
  });
  return pool;
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

/** Drizzle's query builder on a pool: for reading and rare writes; what runs per event goes through `rows.ts`. */
export const query = (pool: Pool): MySql2Database => drizzle(pool);
