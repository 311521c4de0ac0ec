import { fileURLToPath } from 'node:url';
import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import { seed as coupons } from '@quadrille/coupon/seed';
import { asAdmin, createDatabase, grantRelay, grantService, type User } from '@quadrille/db/grants';
import { migrate } from '@quadrille/db/migrate';
import { plant } from '@quadrille/db/seed';
import { createClient } from '@quadrille/kafka/client';
import { ensureTopics } from '@quadrille/kafka/topics';
import type { Log } from '@quadrille/process/log';
import { seed as products } from '@quadrille/stock/seed';

/** One database and one user for each service, and a user for the relay. */
export const databases = {
  order: 'eshop_order',
  stock: 'eshop_stock',
  coupon: 'eshop_coupon',
  pay: 'eshop_pay',
} as const;

export type Service = keyof typeof databases;
export type Credentials = Record<Service | 'relay', User>;

export const services = Object.keys(databases) as Service[];

/** Brings databases, users with their rights, tables, first rows and topics into being. Safe to run again. */
export const setUp = async (options: {
  /** mysql:// URL of a user who may create databases and users */
  mysqlUrl: string;
  brokers: readonly string[];
  credentials: Credentials;
  /** copies of each partition: 1 on one broker, 3 in production */
  replication?: number;
  log: Log;
}): Promise<void> => {
  const { mysqlUrl, brokers, credentials, replication = 1, log } = options;
  await Promise.all([
    setUpDatabases(mysqlUrl, credentials),
    ensureTopics(createClient(brokers, 'setup', log), topics, { partitions: partitionsPerTopic, replication }),
  ]);
};

const setUpDatabases = (mysqlUrl: string, credentials: Credentials): Promise<void> =>
  asAdmin(mysqlUrl, async (admin) => {
    for (const service of services) await createDatabase(admin, databases[service]);
    await Promise.all(
      services.map((service) =>
        migrate(
          withDatabase(mysqlUrl, databases[service]),
          fileURLToPath(new URL(`../services/${service}/migrations`, import.meta.url)),
        ),
      ),
    );
    for (const service of services) await grantService(admin, databases[service], credentials[service]);
    await grantRelay(admin, Object.values(databases), credentials.relay);
    await plant(admin, databases.stock, products);
    await plant(admin, databases.coupon, coupons);
  });

/** The same server and user, another database. */
export const withDatabase = (mysqlUrl: string, database: string): string => {
  const url = new URL(mysqlUrl);
  url.pathname = `/${database}`;
  return url.toString();
};
