import { fileURLToPath } from 'node:url';
import { connect, type Pool } from '@quadrille/db/connect';
import { asAdmin, createDatabase } from '@quadrille/db/grants';
import { migrate } from '@quadrille/db/migrate';
import { withDatabase } from '@quadrille/db/url';
import { mysqlUrl, scratchName } from '../../test/support/scratch.ts';
import { openGate } from '../projection/tables.ts';

/** A read model of its own for one test file; drop it at the end. */
export const scratchReadModel = async (): Promise<{ url: string; pool: Pool; drop: () => Promise<void> }> => {
  const database = scratchName('console');
  const url = withDatabase(mysqlUrl(), database);
  await asAdmin(mysqlUrl(), (admin) => createDatabase(admin, database));
  await migrate(url, fileURLToPath(new URL('../migrations', import.meta.url)));
  const pool = connect(url, 8);
  await openGate(pool);
  return {
    url,
    pool,
    drop: async () => {
      await pool.end();
      await asAdmin(mysqlUrl(), (admin) => admin.query('DROP DATABASE ??', [database]));
    },
  };
};

/** All that a read model tells, but for when it was seen: two of them that know the same are equal. */
export const contents = async (pool: Pool) => {
  const rows = async (sql: string) => (await pool.query(sql))[0] as unknown as Record<string, unknown>[];
  return {
    orders: await rows('SELECT * FROM orders ORDER BY order_id'),
    events: (await rows('SELECT * FROM events ORDER BY order_id, event_id')).map(({ seen_at: _, ...row }) => row),
    minutes: await rows('SELECT * FROM minutes ORDER BY minute, name'),
    unrecognized: (await rows('SELECT * FROM strays ORDER BY topic, `partition`, `offset`')).map(
      ({ seen_at: _, ...row }) => row,
    ),
  };
};
