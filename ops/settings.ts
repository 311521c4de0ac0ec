import { StackError } from '@quadrille/process/errors';
import { duration, groupPrefix, list, mysqlUrl, readSettings, SettingsError } from '@quadrille/process/settings';
import type { Service } from '@quadrille/services';
import { databases, opsDatabase } from '@quadrille/services/databases';

/** Where everything is. */
export type OpsSettings = {
  readonly brokers: readonly string[];
  /** As the services have it: what the names of their consumer groups begin with. */
  readonly groupPrefix: string;
  /** With a user that reads. */
  readonly reading: Readonly<Record<Service, string>>;
  /** The ledger's database; the same user writes it. */
  readonly ledger: string;
  /** With the service's own user, for what changes its rows; not everybody who looks has them. */
  readonly acting: Readonly<Partial<Record<Service, string>>>;
  /** As pay has it: its rules depend on it. */
  readonly paymentExpiry: number;
};

/** @throws SettingsError, or StackError when the environment names no system */
export const readOpsSettings = (env: NodeJS.ProcessEnv = process.env): OpsSettings => {
  if (!env.OPS_DATABASE_URLS && !env.OPS_DATABASE_URLS_FILE)
    throw new StackError(
      'No system to look at: start one with npm start, or set OPS_DATABASE_URLS and KAFKA_BROKERS (docs/settings.md).',
    );
  const settings = readSettings(
    {
      OPS_DATABASE_URLS: list.pipe(mysqlUrl.array()),
      KAFKA_BROKERS: list,
      KAFKA_GROUP_PREFIX: groupPrefix,
      ORDER_DATABASE_URL: mysqlUrl.optional(),
      STOCK_DATABASE_URL: mysqlUrl.optional(),
      COUPON_DATABASE_URL: mysqlUrl.optional(),
      PAY_DATABASE_URL: mysqlUrl.optional(),
      PAYMENT_EXPIRY: duration.default(30 * 60_000),
    },
    env,
  );
  const urlOf = (database: string): string => {
    const url = settings.OPS_DATABASE_URLS.find((candidate) => new URL(candidate).pathname === `/${database}`);
    if (!url) throw new SettingsError(`wrong settings in the environment: OPS_DATABASE_URLS leaves out ${database}`);
    return url;
  };
  const given = {
    order: settings.ORDER_DATABASE_URL,
    stock: settings.STOCK_DATABASE_URL,
    coupon: settings.COUPON_DATABASE_URL,
    pay: settings.PAY_DATABASE_URL,
  };
  return {
    brokers: settings.KAFKA_BROKERS,
    groupPrefix: settings.KAFKA_GROUP_PREFIX,
    reading: {
      order: urlOf(databases.order),
      stock: urlOf(databases.stock),
      coupon: urlOf(databases.coupon),
      pay: urlOf(databases.pay),
    },
    ledger: urlOf(opsDatabase),
    acting: Object.fromEntries(Object.entries(given).filter(([, url]) => url !== undefined)),
    paymentExpiry: settings.PAYMENT_EXPIRY,
  };
};
