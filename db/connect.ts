import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2';
import { createPool, type Pool } from 'mysql2/promise';

export type { Pool } from 'mysql2/promise';

/**
 * A pool on one service's database. READ COMMITTED and UTC on every connection (R33, R37, R38). Connects lazily.
 * @param url mysql://user:password@host:port/database
 */
export const connect = (url: string, connections = 4): Pool => {
  const pool = createPool({
    uri: url,
    connectionLimit: connections,
    maxIdle: connections,
    timezone: 'Z',
    charset: 'utf8mb4',
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    enableKeepAlive: true,
    connectTimeout: 5_000,
    // Capturing a stack for each query costs more than many a query; awaiting callers appear in stacks anyway.
    trace: false,
  });
  // Queued before anything else the new connection is asked.
  pool.pool.on('connection', (connection) => {
    connection.query("SET SESSION transaction_isolation = 'READ-COMMITTED', time_zone = '+00:00'", (error) => {
      if (error) connection.destroy();
    });
  });
  return pool;
};

/** Drizzle's query builder on a pool: for reading and rare writes; what runs per event goes through `rows.ts`. */
export const query = (pool: Pool): MySql2Database => drizzle(pool);
