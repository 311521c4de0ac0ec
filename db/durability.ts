import type { RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';

/** The database may lose what it has committed, and an event of it may be on its way already (R47). The message says what to set. */
export class WeakDurability extends Error {
  override readonly name = 'WeakDurability';
}

/** Settings of the server, and what is wrong with each; empty: what is committed survives the loss of power. */
export const findWeakDurability = async (pool: Pool): Promise<string[]> => {
  const [found] = await pool.query<RowDataPacket[]>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN
       ('innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin', 'innodb_doublewrite', 'innodb_flush_method')`,
  );
  const settings = new Map(found.map((row) => [String(row.Variable_name), String(row.Value)]));
  const is = (name: string, ...values: string[]) => values.includes(settings.get(name) ?? '');
  const wrong: string[] = [];
  // 3 is MariaDB's: a sync more than 1.
  if (!is('innodb_flush_log_at_trx_commit', '1', '3'))
    wrong.push(`innodb_flush_log_at_trx_commit is ${settings.get('innodb_flush_log_at_trx_commit')}, set it to 1`);
  if (is('log_bin', 'ON', '1') && !is('sync_binlog', '1'))
    wrong.push(`sync_binlog is ${settings.get('sync_binlog')}, set it to 1`);
  if (is('innodb_doublewrite', 'OFF', '0')) wrong.push('innodb_doublewrite is off, set it on');
  if (is('innodb_flush_method', 'nosync', 'littlesync'))
    wrong.push(`innodb_flush_method is ${settings.get('innodb_flush_method')}, leave it at its default`);
  return wrong;
};

/**
 * Warns of settings by which a commit can be lost.
 * @throws WeakDurability instead, where NODE_ENV is `production`
 */
export const checkDurability = async (pool: Pool, warn: (message: string) => void): Promise<void> => {
  const wrong = await findWeakDurability(pool);
  if (wrong.length === 0) return;
  const message = `the database can lose what it has committed: ${wrong.join('; ')}`;
  if (process.env.NODE_ENV === 'production') throw new WeakDurability(message);
  warn(message);
};
