import { fileURLToPath } from 'node:url';
import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import {
  asAdmin,
  createDatabase,
  grantOps,
  grantReadModel,
  grantRelay,
  grantService,
  type User,
} from '@quadrille/db/grants';
import { migrate, migrateService, SchemaError } from '@quadrille/db/migrate';
import { plant } from '@quadrille/db/seed';
import { withDatabase } from '@quadrille/db/url';
import { createClient } from '@quadrille/kafka/client';
import { ensureTopics } from '@quadrille/kafka/topics';
import { StackError } from '@quadrille/process/errors';
import type { Log } from '@quadrille/process/log';
import { definitions, type Service, services } from '@quadrille/services';
import { consoleDatabase, databases, opsDatabase } from '@quadrille/services/databases';

export type Credentials = Record<Service | 'relay' | 'ops' | 'console', User>;

/** Brings databases, users with their rights, tables, first rows and topics into being. Safe to run again. */
export const setUp = async (options: {
  /** mysql:// URL of a user who may create databases and users */
  mysqlUrl: string;
  brokers: readonly string[];
  credentials: Credentials;
  /** how many brokers hold each event; without: three, or as many as there are */
  replication?: number | undefined;
  log: Log;
}): Promise<void> => {
  const { mysqlUrl, brokers, credentials, replication, log } = options;
  await Promise.all([
    setUpDatabases(mysqlUrl, credentials),
    ensureTopics(createClient(brokers, 'setup', log), topics, { partitions: partitionsPerTopic, replication }),
  ]);
};

const setUpDatabases = (mysqlUrl: string, credentials: Credentials): Promise<void> =>
  asAdmin(mysqlUrl, async (admin) => {
    for (const database of [...Object.values(databases), opsDatabase, consoleDatabase])
      await createDatabase(admin, database);
    const migrations = [
      ...services.map((service) =>
        migrateService(withDatabase(mysqlUrl, databases[service]), migrationsOf(`services/${service}`)),
      ),
      migrate(withDatabase(mysqlUrl, opsDatabase), migrationsOf('ops')),
      migrate(withDatabase(mysqlUrl, consoleDatabase), migrationsOf('console')),
    ];
    await Promise.all(migrations).catch((error) => {
      throw error instanceof SchemaError ? new StackError(error.message, { cause: error }) : error;
    });
    for (const service of services) await grantService(admin, databases[service], credentials[service]);
    await grantRelay(admin, Object.values(databases), credentials.relay);
    await grantOps(admin, Object.values(databases), opsDatabase, credentials.ops);
    await grantReadModel(admin, consoleDatabase, credentials.console);
    for (const { name, seed } of definitions) if (seed) await plant(admin, databases[name], seed);
  });

const migrationsOf = (folder: string): string => fileURLToPath(new URL(`../${folder}/migrations`, import.meta.url));
