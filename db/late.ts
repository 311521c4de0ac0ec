import type { PoolConnection } from 'mysql2';
import type { Pool } from './connect.ts';

/**
 * Closes each connection of a pool that has been in use for longer than this (ms), so that a server that is frozen, or a network that
 * swallows everything, does not take all of them for ever. What was asked on it is never answered: only for pools whose users wait no longer.
 */
export const closeLate = (pool: Pool, ms: number): void => {
  const timers = new Map<PoolConnection, NodeJS.Timeout>();
  pool.pool.on('acquire', (connection: PoolConnection) => {
    const close = () => {
      timers.delete(connection);
      connection.destroy();
    };
    timers.set(connection, setTimeout(close, ms).unref());
  });
  pool.pool.on('release', (connection: PoolConnection) => {
    clearTimeout(timers.get(connection));
    timers.delete(connection);
  });
};
