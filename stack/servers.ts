import { join } from 'node:path';
import { type DatabaseKind, startDatabase } from './database.ts';
import { StackError } from './errors.ts';
import { type InstalledDatabase, type InstalledKafka, install } from './install.ts';
import { startKafka } from './kafka.ts';
import { mariadb } from './mariadb.ts';
import { mysql } from './mysql.ts';
import { canConnect } from './ports.ts';

/** A server in use, ours or somebody else's (then without a pid, and never stopped by us). */
type Server = { address: string; pid?: number; logFile?: string; stop(): Promise<void> };

export type Servers = {
  brokers: string[];
  /** With a user that may create databases and users. */
  mysqlUrl: string;
  pids: { kafka?: number; database?: number };
  logFiles: { kafka?: string; database?: string };
  stop(): Promise<void>;
};

type ServersOptions = { dir: string; env?: NodeJS.ProcessEnv; log?(line: string): void };

/**
 * A Kafka and a database: those that KAFKA_BROKERS and MYSQL_URL name, or else our own with their data in the folder. Our own database is
 * of the kind that DATABASE_SERVER names.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { dir, env = process.env, log = () => {} } = options;
  const { KAFKA_BROKERS: givenBrokers, MYSQL_URL: givenUrl } = env;
  const kind = givenUrl ? undefined : parseDatabaseKind(env.DATABASE_SERVER || 'mariadb');
  const installed = await install({ kafka: !givenBrokers, database: kind, log });

  const results = await Promise.allSettled([
    installed.kafka ? ownKafka(installed.kafka, join(dir, 'kafka'), log) : givenKafka(givenBrokers ?? ''),
    installed.database ? ownDatabase(installed.database, join(dir, 'mysql'), log) : givenDatabase(givenUrl ?? ''),
  ]);
  const [kafka, database] = results;
  if (kafka.status === 'rejected' || database.status === 'rejected') {
    await Promise.all(results.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
    throw kafka.status === 'rejected' ? kafka.reason : results.find((result) => result.status === 'rejected')?.reason;
  }

  let stopping: Promise<unknown> | undefined;
  return {
    brokers: kafka.value.address.split(','),
    mysqlUrl: database.value.address,
    pids: { ...named('kafka', kafka.value.pid), ...named('database', database.value.pid) },
    logFiles: { ...named('kafka', kafka.value.logFile), ...named('database', database.value.logFile) },
    stop: async () => {
      stopping ??= Promise.all([kafka.value.stop(), database.value.stop()]);
      await stopping;
    },
  };
}

function named<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}

async function ownKafka(installed: InstalledKafka, dir: string, log: (line: string) => void): Promise<Server> {
  const kafka = await startKafka({ ...installed, dir, log });
  log(`Kafka is up on ${kafka.brokers}`);
  return { address: kafka.brokers, pid: kafka.pid, logFile: kafka.logFile, stop: kafka.stop };
}

async function ownDatabase(
  { kind, home }: InstalledDatabase,
  dir: string,
  log: (line: string) => void,
): Promise<Server> {
  const program = { mariadb, mysql }[kind](home);
  const { url, pid, logFile, stop } = await startDatabase(program, { dir, log });
  log(`${program.name} is up on ${new URL(url).host}`);
  return { address: url, pid, logFile, stop };
}

export function parseDatabaseKind(text: string): DatabaseKind {
  if (text === 'mariadb' || text === 'mysql') return text;
  throw new StackError(`DATABASE_SERVER=${text} is no database of ours: set it to mariadb or mysql.`);
}

async function givenKafka(brokers: string): Promise<Server> {
  const reachable = await Promise.all(
    brokers.split(',').map((broker) => {
      const { host, port } = parseBroker(broker);
      return canConnect(host, port);
    }),
  );
  // One is enough: a cluster may have a member down.
  if (!reachable.includes(true)) {
    throw new StackError(
      `No Kafka answers at KAFKA_BROKERS=${brokers}: start it, correct the address, or unset KAFKA_BROKERS to get one of your own.`,
    );
  }
  return { address: brokers, stop: async () => {} };
}

export function parseBroker(broker: string): { host: string; port: number } {
  const [, host, port] = /^\s*(.+):(\d{1,5})\s*$/.exec(broker) ?? [];
  if (!host || !port) {
    throw new StackError(`"${broker}" in KAFKA_BROKERS is no address: write HOST:PORT, several with commas between.`);
  }
  return { host, port: Number(port) };
}

async function givenDatabase(text: string): Promise<Server> {
  const { hostname, port } = parseMysqlUrl(text);
  if (!(await canConnect(hostname, Number(port || 3306)))) {
    throw new StackError(
      `No MySQL answers at ${hostname}:${port || 3306} (MYSQL_URL): start it, correct the address, or unset MYSQL_URL to get one of your own.`,
    );
  }
  return { address: text, stop: async () => {} };
}

/** Its message leaves the text out: there is a password in it. */
export function parseMysqlUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'mysql:' || !url.hostname) {
    throw new StackError(
      'MYSQL_URL is no address: write mysql://USER:PASSWORD@HOST:PORT, with a user that may create databases and users.',
    );
  }
  return url;
}
