import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/mysql2';
import { migrate as drizzleMigrate } from 'drizzle-orm/mysql2/migrator';
import type { RowDataPacket } from 'mysql2/promise';
import { type Connection, openConnection } from './connect.ts';

/** The database has a schema that this version cannot bring to its own; the message says what to do. Nothing was changed. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** A folder of migrations made by drizzle-kit, and the table that tells which of them were run. */
type Migrations = { readonly folder: string; readonly journal: string };

const plumbing: Migrations = {
  folder: fileURLToPath(new URL('migrations', import.meta.url)),
  journal: '__plumbing_migrations',
};
const own = (folder: string): Migrations => ({ folder, journal: '__drizzle_migrations' });

/** How long to wait for another process that migrates the same database (s). */
const patience = 120;

/**
 * Brings a database to the state of a `migrations` folder. Safe to run again, and at the same time by several processes.
 * @throws SchemaError when the database was migrated by a newer version, or another process does not end its migration
 */
export const migrate = (url: string, folder: string): Promise<void> =>
  alone(url, async (connection, database) => {
    await refuseNewer(connection, database, own(folder));
    await run(connection, own(folder));
  });

/**
 * Brings a service's database to its state: the tables of the runtime (outbox, inbox, parked, lease), which are the same for all services,
 * then the service's own. A database from before these had migrations of their own is taken over as it is.
 * @throws SchemaError as `migrate` does, and when the database is older than what can be taken over
 */
export const migrateService = (url: string, folder: string): Promise<void> =>
  alone(url, async (connection, database) => {
    await refuseNewer(connection, database, plumbing);
    await refuseNewer(connection, database, own(folder));
    await takeOver(connection, database, own(folder));
    await run(connection, plumbing);
    await run(connection, own(folder));
  });

/** DDL is in no transaction, so two migrations at once would meet halfway. The server gives the lock back when the connection ends. */
const alone = async (url: string, work: (connection: Connection, database: string) => Promise<void>): Promise<void> => {
  const database = new URL(url).pathname.slice(1);
  const connection = await openConnection(url);
  try {
    // A lock's name has 64 characters at most, as many as a database's.
    const name = createHash('sha256').update(`migration of ${database}`).digest('hex');
    const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS locked', [name, patience]);
    if (Number(rows[0]?.locked) !== 1)
      throw new SchemaError(
        `Another process has been migrating ${database} for ${patience} s: wait until it ends, then run this again.`,
      );
    await work(connection, database);
  } finally {
    await connection.end();
  }
};

const run = async (connection: Connection, { folder, journal }: Migrations): Promise<void> => {
  await drizzleMigrate(drizzle(connection), { migrationsFolder: folder, migrationsTable: journal });
};

/** When the last migration that was run here was made (ms); null: none was run. */
const lastRun = async (connection: Connection, { journal }: Migrations): Promise<number | null> => {
  const [tables] = await connection.query<RowDataPacket[]>(
    'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
    [journal],
  );
  if (tables.length === 0) return null;
  const [rows] = await connection.query<RowDataPacket[]>('SELECT MAX(created_at) AS made FROM ??', [journal]);
  return rows[0]?.made == null ? null : Number(rows[0].made);
};

const refuseNewer = async (connection: Connection, database: string, migrations: Migrations): Promise<void> => {
  const made = await lastRun(connection, migrations);
  const newest = readMigrationFiles({ migrationsFolder: migrations.folder }).at(-1)?.folderMillis ?? 0;
  if (made !== null && made > newest)
    throw new SchemaError(`The database ${database} was migrated by a newer version: run that version instead.`);
};

/**
 * Until commit 56264d9 each service had migrations for the tables of the runtime, too. A database that has run all of these has what the
 * first migration of each folder makes now, and gets it noted as run.
 */
const takeOver = async (connection: Connection, database: string, service: Migrations): Promise<void> => {
  const made = await lastRun(connection, service);
  if (made === null || (await lastRun(connection, plumbing)) !== null) return;
  const [first] = readMigrationFiles({ migrationsFolder: service.folder });
  if (first && made < first.folderMillis)
    throw new SchemaError(
      `The database ${database} is older than this version can take over: run npm start with commit 56264d9 once, then this version.`,
    );
  const [baseline] = readMigrationFiles({ migrationsFolder: plumbing.folder });
  await connection.query(
    'CREATE TABLE IF NOT EXISTS ?? (id serial primary key, hash text not null, created_at bigint)',
    [plumbing.journal],
  );
  await connection.query('INSERT INTO ?? (hash, created_at) VALUES (?, ?)', [
    plumbing.journal,
    baseline?.hash,
    baseline?.folderMillis,
  ]);
};

/**
 * Moves tables that an earlier release kept in another database of the same server, with all that they hold; safe to run again. The folder
 * of migrations makes such a table only if it does not exist.
 * @param tables the former name of each table, and its name now
 */
export const moveTables = async (
  admin: Connection,
  tables: Readonly<Record<string, string>>,
  { from, to }: { from: string; to: string },
): Promise<void> => {
  const exists = async (database: string, table: string): Promise<boolean> => {
    const [rows] = await admin.query<RowDataPacket[]>(
      'SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?',
      [database, table],
    );
    return rows.length > 0;
  };
  for (const [former, now] of Object.entries(tables))
    if ((await exists(from, former)) && !(await exists(to, now)))
      await admin.query('RENAME TABLE ??.?? TO ??.??', [from, former, to, now]);
};
