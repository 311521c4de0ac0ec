import type { Pool } from './connect.ts';

/** What mysql2 keeps of a pool and does not tell in its types. */
type Inside = {
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
};

/** How the connections of a pool are used now; `wanted`: calls that wait for one. */
export const connectionsOf = (
  pool: Pool,
): { readonly busy: number; readonly idle: number; readonly wanted: number } => {
  const { _allConnections, _freeConnections, _connectionQueue } = pool.pool as unknown as Inside;
  const idle = _freeConnections.length;
  return { busy: _allConnections.length - idle, idle, wanted: _connectionQueue.length };
};
