import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { connect, type Pool } from '@quadrille/db/connect';
import { asAdmin, createDatabase } from '@quadrille/db/grants';
import { migrate, migrateService, moveTables } from '@quadrille/db/migrate';
import { withDatabase } from '@quadrille/db/url';
import type { Service } from '@quadrille/services';
import { afterEach, describe, expect, it } from 'vitest';
import { mysqlUrl, scratchName } from './support/scratch.ts';

const pools: { pool: Pool; database: string }[] = [];

afterEach(async () => {
  for (const { pool, database } of pools.splice(0)) {
    await pool.end();
    await asAdmin(mysqlUrl(), (admin) => admin.query('DROP DATABASE ??', [database]));
  }
});

const emptyDatabase = async (what: string): Promise<{ url: string; pool: Pool }> => {
  const database = scratchName(what);
  const url = withDatabase(mysqlUrl(), database);
  await asAdmin(mysqlUrl(), (admin) => createDatabase(admin, database));
  const pool = connect(url, 2);
  pools.push({ pool, database });
  return { url, pool };
};

const folderOf = (service: Service): string =>
  fileURLToPath(new URL(`../services/${service}/migrations`, import.meta.url));

/** When the last migration was made that a service of commit 56264d9 has run. */
const lastOf = {
  order: 1795673382124,
  stock: 1795673382944,
  coupon: 1795673383769,
  pay: 1795711316934,
};

/** A database as commit 56264d9 leaves it: all tables made by the service's own migrations. */
const oldDatabase = async (service: keyof typeof lastOf, made: number = lastOf[service]) => {
  const { url, pool } = await emptyDatabase(service);
  const script = await readFile(new URL(`fixtures/databases/${service}.sql`, import.meta.url), 'utf8');
  for (const statement of script.split('--> statement-breakpoint')) await pool.query(statement);
  await pool.query('CREATE TABLE __drizzle_migrations (id serial primary key, hash text not null, created_at bigint)');
  await pool.query('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)', ['any', made]);
  return { url, pool };
};

const select = async (pool: Pool, sql: string) => (await pool.query(sql))[0] as unknown as Record<string, unknown>[];

/** What tables there are, with their columns and indexes; the order of columns does not matter. */
const shapeOf = async (pool: Pool) => ({
  columns: await select(
    pool,
    `SELECT table_name, column_name, column_type, is_nullable, column_default, collation_name, extra
     FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, column_name`,
  ),
  indexes: await select(
    pool,
    `SELECT table_name, index_name, non_unique, seq_in_index, column_name
     FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index`,
  ),
});

describe('the migrations of a service', () => {
  it.each(Object.keys(lastOf) as (keyof typeof lastOf)[])(
    'take over a database of %s from before, with all that it holds',
    async (service) => {
      const { url, pool } = await oldDatabase(service);
      const id = '01990000-0000-7000-8000-0000000000e1';
      await pool.query('INSERT INTO inbox VALUES (?, UTC_TIMESTAMP(3))', [id]);
      await pool.query(
        "INSERT INTO relay_lease (name, holder, epoch, expires_at, published_to) VALUES ('outbox', ?, 7, UTC_TIMESTAMP(3), 41)",
        [id],
      );

      await migrateService(url, folderOf(service));
      await migrateService(url, folderOf(service));

      expect(await select(pool, 'SELECT event_id FROM inbox')).toEqual([{ event_id: id }]);
      expect(await select(pool, 'SELECT epoch, published_to FROM relay_lease')).toEqual([
        { epoch: 7, published_to: 41 },
      ]);
      const fresh = await emptyDatabase(service);
      await migrateService(fresh.url, folderOf(service));
      expect(await shapeOf(pool)).toEqual(await shapeOf(fresh.pool));
    },
  );

  it('refuse a database that is older than what they can take over, and leave it as it is', async () => {
    const { url, pool } = await oldDatabase('stock', lastOf.stock - 1);
    await expect(migrateService(url, folderOf('stock'))).rejects.toThrow(/older than this version can take over/);
    expect(await select(pool, "SHOW TABLES LIKE '\\_\\_plumbing%'")).toEqual([]);
  });

  it.each(['__drizzle_migrations', '__plumbing_migrations'])(
    'refuse a database that a newer version has migrated (%s)',
    async (journal) => {
      const { url, pool } = await emptyDatabase('stock');
      await migrateService(url, folderOf('stock'));
      await pool.query('INSERT INTO ?? (hash, created_at) VALUES (?, ?)', [journal, 'newer', 32_503_680_000_000]);
      await expect(migrateService(url, folderOf('stock'))).rejects.toThrow(/was migrated by a newer version/);
    },
  );

  it('run once when several processes begin at once', async () => {
    const { url, pool } = await emptyDatabase('pay');
    await Promise.all(Array.from({ length: 4 }, () => migrateService(url, folderOf('pay'))));
    for (const journal of ['__drizzle_migrations', '__plumbing_migrations'])
      expect(await select(pool, `SELECT COUNT(*) > COUNT(DISTINCT created_at) AS twice FROM ${journal}`)).toEqual([
        { twice: 0 },
      ]);
  });
});

describe('the database of the test provider', () => {
  it('takes over the charges that were in the database of pay, and nothing is left there', async () => {
    const pay = await oldDatabase('pay');
    const provider = await emptyDatabase('test_provider');
    const folder = fileURLToPath(new URL('../providers/test-provider/migrations', import.meta.url));
    const charge = {
      payment_id: '01990000-0000-7000-8000-0000000000e1',
      charge_id: '01990000-0000-7000-8000-0000000000e2',
      ...{ amount: 1_100, outcome: 'slow', status: 'charged', attempts: 2 },
    };
    await pay.pool.query('INSERT INTO test_provider_charges SET ?, updated_at = UTC_TIMESTAMP(3)', [charge]);
    const databaseOf = ({ url }: { url: string }) => new URL(url).pathname.slice(1);
    const places = { from: databaseOf(pay), to: databaseOf(provider) };
    for (const _again of [1, 2]) {
      await asAdmin(mysqlUrl(), (admin) => moveTables(admin, { test_provider_charges: 'charges' }, places));
      await migrate(provider.url, folder);
      await migrateService(pay.url, folderOf('pay'));
    }
    expect(await select(provider.pool, 'SELECT * FROM charges')).toMatchObject([charge]);
    expect(await select(pay.pool, "SHOW TABLES LIKE 'test%'")).toEqual([]);
  });
});

describe('the read model of the console', () => {
  it('takes over the moments that had a column each', async () => {
    const { url, pool } = await emptyDatabase('console');
    const folder = fileURLToPath(new URL('../console/migrations', import.meta.url));
    const script = await readFile(`${folder}/0000_init.sql`, 'utf8');
    for (const statement of script.split('--> statement-breakpoint')) await pool.query(statement);
    await pool.query(
      'CREATE TABLE __drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
    );
    await pool.query('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)', ['any', 1795416519663]);
    await pool.query(
      `INSERT INTO orders (order_id, submitted_at, reserved_at, stock_undone_at, first_at, last_at, status, waits_for)
       VALUES ('o', '2026-05-04 12:00:00.007', '2026-05-04 12:00:01', '2026-05-04 12:00:02.120', '2026-05-04 12:00:00.007', '2026-05-04 12:00:02.120', 'cancelled', '')`,
    );
    await migrate(url, folder);
    expect(await select(pool, 'SELECT times FROM orders')).toEqual([
      {
        times: JSON.stringify({
          'order-created': '2026-05-04T12:00:00.007Z',
          'stock-released': '2026-05-04T12:00:02.120Z',
          'stock-reserved': '2026-05-04T12:00:01.000Z',
        }),
      },
    ]);
  });
});
