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
import { migrate, migrateService, moveTables, SchemaError } from '@quadrille/db/migrate';
import { insertSeed } from '@quadrille/db/seed';
import { withDatabase } from '@quadrille/db/url';
import { createClient } from '@quadrille/kafka/client';
import { ensureTopics } from '@quadrille/kafka/topics';
import { StackError } from '@quadrille/process/errors';
import type { Log } from '@quadrille/process/log';
import { type Service, services } from '@quadrille/services';
import { consoleDatabase, databases, opsDatabase, sideDatabases } from '@quadrille/services/databases';
import type { DemoRows } from './demo.ts';

export type NamedUser = Service | 'relay' | 'ops' | 'console';

export type Credentials = Readonly<Record<NamedUser, User>> & {
  /** By the name of the database. */
  readonly sideDatabases: Readonly<Record<string, User>>;
};

/** @throws Error when there is none */
export const sideUser = ({ sideDatabases: users }: Credentials, name: string): User => {
  const user = users[name];
  if (!user) throw new Error(`there is no user of the database ${name}`);
  return user;
};

/** Brings databases, users with their rights, tables, first rows and topics into being. Safe to run again. */
export const setUp = async (options: {
  /** mysql:// URL of a user who may create databases and users */
  mysqlUrl: string;
  brokers: readonly string[];
  credentials: Credentials;
  /** how many brokers hold each event; without: three, or as many as there are */
  replication?: number | undefined;
  /** For tables that are empty. */
  demoRows: DemoRows;
  log: Log;
}): Promise<void> => {
  const { mysqlUrl, brokers, credentials, replication, demoRows, log } = options;
  await Promise.all([
    setUpDatabases(mysqlUrl, credentials, demoRows),
    ensureTopics(createClient(brokers, 'setup', log), topics, { partitions: partitionsPerTopic, replication }),
  ]);
};

const setUpDatabases = (mysqlUrl: string, credentials: Credentials, demoRows: DemoRows): Promise<void> =>
  asAdmin(mysqlUrl, async (admin) => {
    const beside = sideDatabases.map(({ database }) => database);
    for (const database of [...Object.values(databases), ...beside, opsDatabase, consoleDatabase])
      await createDatabase(admin, database);
    for (const { of, formerTables, database } of sideDatabases)
      await moveTables(admin, formerTables, { from: databases[of], to: database });
    const migrations = [
      ...services.map((service) =>
        migrateService(withDatabase(mysqlUrl, databases[service]), migrationsOf(`services/${service}`)),
      ),
      ...sideDatabases.map(({ database, folder }) => migrate(withDatabase(mysqlUrl, database), migrationsOf(folder))),
      migrate(withDatabase(mysqlUrl, opsDatabase), migrationsOf('ops')),
      migrate(withDatabase(mysqlUrl, consoleDatabase), migrationsOf('console')),
    ];
    await Promise.all(migrations).catch((error) => {
      throw error instanceof SchemaError ? new StackError(error.message, { cause: error }) : error;
    });
    for (const service of services) await grantService(admin, databases[service], credentials[service]);
    for (const { name, database } of sideDatabases) await grantService(admin, database, sideUser(credentials, name));
    await grantRelay(admin, Object.values(databases), credentials.relay);
    await grantOps(admin, Object.values(databases), opsDatabase, credentials.ops);
    await grantReadModel(admin, consoleDatabase, credentials.console);
    for (const { name, seed } of demoRows) await insertSeed(admin, databases[name], seed);
  });

const migrationsOf = (folder: string): string => fileURLToPath(new URL(`../${folder}/migrations`, import.meta.url));
