import { duration, groupPrefix, list, mysqlUrl, readSettings, SettingsError } from '@quadrille/process/settings';
import { readCredentials } from '@quadrille/stack/credentials';
import { StackError } from '@quadrille/stack/errors';
import { consoleDatabase, databases, opsDatabase, type Service, services, withDatabase } from '@quadrille/stack/setup';
import { dataFolder, readStackFile } from '@quadrille/stack/stack-file';

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

/**
 * What the environment says; where it names no database, the stack that `npm start` runs in this folder.
 * @throws SettingsError, or StackError when there is neither
 */
export const readOpsSettings = (env: NodeJS.ProcessEnv = process.env): OpsSettings => {
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
    environmentOf(env),
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

/** The environment, if it names a system; else what it would say if it spoke of the running stack. */
export const environmentOf = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  env.OPS_DATABASE_URLS || env.OPS_DATABASE_URLS_FILE ? env : envOfStack(dataFolder(env));

const envOfStack = (dir: string): NodeJS.ProcessEnv => {
  const stack = readStackFile(dir);
  if (!stack)
    throw new StackError(
      `No stack runs on ${dir}, and OPS_DATABASE_URLS names no other system: start one with npm start, or see docs/settings.md.`,
    );
  const credentials = readCredentials(dir);
  const url = (user: keyof typeof credentials, database: string): string => {
    const made = new URL(withDatabase(stack.mysqlUrl, database));
    made.username = encodeURIComponent(credentials[user].user);
    made.password = encodeURIComponent(credentials[user].password);
    return made.toString();
  };
  const acting = services.map((service) => [`${service.toUpperCase()}_DATABASE_URL`, url(service, databases[service])]);
  return {
    ...stack.env,
    ...Object.fromEntries(acting),
    CONSOLE_DATABASE_URL: url('console', consoleDatabase),
    KAFKA_BROKERS: stack.brokers.join(','),
    OPS_DATABASE_URLS: [...Object.values(databases), opsDatabase].map((database) => url('ops', database)).join(','),
  };
};
