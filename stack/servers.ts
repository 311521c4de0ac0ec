import { join } from 'node:path';
import type { Exit } from './child.ts';
import { type DatabaseKind, startDatabase } from './database.ts';
import { StackError } from './errors.ts';
import { type InstalledDatabase, type InstalledKafka, install } from './install.ts';
import { startKafka } from './kafka.ts';
import { mariadb } from './mariadb.ts';
import { mysql } from './mysql.ts';
import { canConnect } from './ports.ts';

/** A server in use, ours or somebody else's, which is never stopped by us. */
type Server = { address: string; own?: OwnServer; stop(): Promise<void> };

/** A server that we run. */
export type OwnServer = {
  readonly name: 'kafka' | 'database';
  pid(): number;
  readonly logFile: string;
  /** The end of the run that is under way. */
  exited(): Promise<Exit>;
  /** Starts it again, after it has ended, on the same port and data. @throws StackError */
  restart(): Promise<void>;
};

export type Servers = {
  brokers: string[];
  /** With a user that may create databases and users. */
  mysqlUrl: string;
  /** Those that we run ourselves. */
  own: readonly OwnServer[];
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
    own: [kafka.value.own, database.value.own].filter((server) => server !== undefined),
    stop: async () => {
      stopping ??= Promise.all([kafka.value.stop(), database.value.stop()]);
      await stopping;
    },
  };
}

type Running = { pid: number; logFile: string; exited: Promise<Exit>; stop(): Promise<void> };

/** @param again starts it anew where it was */
function ownServer(
  name: OwnServer['name'],
  first: Running,
  again: () => Promise<Running>,
): Required<Omit<Server, 'address'>> {
  let running = first;
  let isStopped = false;
  const own: OwnServer = {
    name,
    pid: () => running.pid,
    logFile: first.logFile,
    exited: () => running.exited,
    restart: async () => {
      running = await again();
      // It was stopped while it came up.
      if (isStopped) await running.stop();
    },
  };
  const stop = async () => {
    isStopped = true;
    await running.stop();
  };
  return { own, stop };
}

async function ownKafka(installed: InstalledKafka, dir: string, log: (line: string) => void): Promise<Server> {
  const kafka = await startKafka({ ...installed, dir, log });
  log(`Kafka is up on ${kafka.brokers}`);
  const { port } = parseBroker(kafka.brokers);
  return {
    address: kafka.brokers,
    ...ownServer('kafka', kafka, () => startKafka({ ...installed, dir, port, log })),
  };
}

async function ownDatabase(
  { kind, home }: InstalledDatabase,
  dir: string,
  log: (line: string) => void,
): Promise<Server> {
  const program = { mariadb, mysql }[kind](home);
  const database = await startDatabase(program, { dir, log });
  const { host, port } = new URL(database.url);
  log(`${program.name} is up on ${host}`);
  return {
    address: database.url,
    ...ownServer('database', database, () => startDatabase(program, { dir, port: Number(port), log })),
  };
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
