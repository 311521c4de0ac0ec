import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { connect, type Pool } from '@quadrille/db/connect';
import { asAdmin, createDatabase } from '@quadrille/db/grants';
import { migrate, migrateService } from '@quadrille/db/migrate';
import { withDatabase } from '@quadrille/db/url';
import { type Service, services } from '@quadrille/services';

/** An address that `npm test` hands to the tests that need servers. */
const given = (name: 'TEST_MYSQL_URL' | 'TEST_KAFKA_BROKERS'): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by npm test, which starts the servers`);
  return value;
};

export const mysqlUrl = (): string => given('TEST_MYSQL_URL');
export const brokers = (): string[] => given('TEST_KAFKA_BROKERS').split(',');

export type Scratch = {
  readonly url: string;
  readonly database: string;
  readonly pool: Pool;
  readonly drop: () => Promise<void>;
};

/** No other test, and no other run on these servers, has this name. Not `test...`: some servers let everybody into such databases. */
export const scratchName = (what: string): string => `scratch_${what}_${randomBytes(6).toString('hex')}`;

/** A database of its own with one service's tables, the audit log or the test provider's charges, for one test file; drop it at the end. */
export const scratchDatabase = async (of: Service | 'ops' | 'test-provider'): Promise<Scratch> => {
  const database = scratchName(of);
  const url = withDatabase(mysqlUrl(), database);
  await asAdmin(mysqlUrl(), (admin) => createDatabase(admin, database));
  const migrationsOf = (folder: string) => fileURLToPath(new URL(`../../${folder}/migrations`, import.meta.url));
  if (of === 'ops') await migrate(url, migrationsOf('ops'));
  else if (of === 'test-provider') await migrate(url, migrationsOf('providers/test-provider'));
  else await migrateService(url, migrationsOf(`services/${of}`));
  const pool = connect(url, 12);
  return {
    url,
    database,
    pool,
    drop: async () => {
      await pool.end();
      await asAdmin(mysqlUrl(), (admin) => admin.query('DROP DATABASE ??', [database]));
    },
  };
};

/** One for each service. */
export const scratchDatabases = async (): Promise<Readonly<Record<Service, Scratch>>> => {
  const made = await Promise.all(services.map(async (service) => [service, await scratchDatabase(service)] as const));
  return Object.fromEntries(made) as Record<Service, Scratch>;
};
