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
import { migrate } from '@quadrille/db/migrate';
import { plant } from '@quadrille/db/seed';
import { withDatabase } from '@quadrille/db/url';
import { createClient } from '@quadrille/kafka/client';
import { ensureTopics } from '@quadrille/kafka/topics';
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
    await Promise.all([
      ...services.map((service) => migrateFrom(`services/${service}`, withDatabase(mysqlUrl, databases[service]))),
      migrateFrom('ops', withDatabase(mysqlUrl, opsDatabase)),
      migrateFrom('console', withDatabase(mysqlUrl, consoleDatabase)),
    ]);
    for (const service of services) await grantService(admin, databases[service], credentials[service]);
    await grantRelay(admin, Object.values(databases), credentials.relay);
    await grantOps(admin, Object.values(databases), opsDatabase, credentials.ops);
    await grantReadModel(admin, consoleDatabase, credentials.console);
    for (const { name, seed } of definitions) if (seed) await plant(admin, databases[name], seed);
  });

const migrateFrom = (room: string, url: string): Promise<void> =>
  migrate(url, fileURLToPath(new URL(`../${room}/migrations`, import.meta.url)));
