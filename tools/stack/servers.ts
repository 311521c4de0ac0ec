import { join } from 'node:path';
import { StackError } from '@quadrille/process/errors';
import type { Exit } from './child.ts';
import { type DatabaseKind, startDatabase } from './database.ts';
import { PortTakenError } from './errors.ts';
import { type InstalledDatabase, type InstalledKafka, install } from './install.ts';
import { startKafka } from './kafka.ts';
import { type BrokerCount, chooseBrokerCount, planKafkaCluster } from './kafka-cluster.ts';
import type { KafkaNode } from './kafka-config.ts';
import { mariadb } from './mariadb.ts';
import { mysql } from './mysql.ts';
import { canConnect } from './ports.ts';

/** A server that we run. */
export type OwnServer = {
  readonly name: 'kafka' | 'database' | `kafka-${number}`;
  pid(): number;
  readonly logFile: string;
  /** The end of the run that is under way. */
  exited(): Promise<Exit>;
  /** Starts it again, after it has ended, on the same port and data. @throws StackError */
  restart(): Promise<void>;
};

/** A server in use, ours or a given one, which is never stopped by us. */
type Server = { address: string; own: readonly OwnServer[]; stop(): Promise<void> };

export type Servers = {
  brokers: string[];
  /** With a user that may create databases and users. */
  mysqlUrl: string;
  /** Those that we run ourselves. */
  own: readonly OwnServer[];
  /** How many brokers should hold each event; undefined: three, or as many as there are. */
  replication: number | undefined;
  stop(): Promise<void>;
};

type ServersOptions = {
  dir: string;
  /** Of our own Kafka; without, as many as the folder has, and one in a new folder. */
  brokerCount?: BrokerCount | undefined;
  env?: NodeJS.ProcessEnv;
  log?(line: string): void;
};

/**
 * A Kafka and a database: those that KAFKA_BROKERS and MYSQL_URL name, or else our own with their data in the folder. Our own database is
 * of the kind that DATABASE_SERVER names.
 */
export const startServers = async (options: ServersOptions): Promise<Servers> => {
  const { dir, brokerCount, env = process.env, log = () => {} } = options;
  const { KAFKA_BROKERS: givenBrokers, MYSQL_URL: givenUrl } = env;
  const kind = givenUrl ? undefined : parseDatabaseKind(env.DATABASE_SERVER || 'mariadb');
  const replication = givenBrokers && env.KAFKA_REPLICATION ? parseReplication(env.KAFKA_REPLICATION) : undefined;
  if (givenBrokers && brokerCount)
    throw new StackError('--brokers is for a Kafka of your own stack: leave it out, or unset KAFKA_BROKERS.');
  const brokers = givenBrokers ? undefined : chooseBrokerCount(join(dir, 'kafka'), brokerCount);
  const installed = await install({ kafka: !givenBrokers, database: kind, log });

  const results = await Promise.allSettled([
    installed.kafka ? ownKafka(installed.kafka, join(dir, 'kafka'), brokers ?? 1, log) : givenKafka(givenBrokers ?? ''),
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
    own: [...kafka.value.own, ...database.value.own],
    replication: replication ?? brokers,
    stop: async () => {
      stopping ??= Promise.all([kafka.value.stop(), database.value.stop()]);
      await stopping;
    },
  };
};

type Running = { pid: number; logFile: string; exited: Promise<Exit>; stop(): Promise<void> };

/** @param again starts it anew where it was */
const ownServer = (
  name: OwnServer['name'],
  first: Running,
  again: () => Promise<Running>,
): { own: OwnServer; stop(): Promise<void> } => {
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
};

const ownKafka = async (
  installed: InstalledKafka,
  dir: string,
  count: BrokerCount,
  log: (line: string) => void,
): Promise<Server> => {
  const brokers = count === 1 ? [await startOnlyBroker(installed, dir, log)] : await startCluster(installed, dir, log);
  const address = brokers.map((broker) => broker.address).join(',');
  log(`Kafka is up on ${address}`);
  return {
    address,
    own: brokers.map(({ own }) => own),
    stop: async () => void (await Promise.all(brokers.map(({ stop }) => stop()))),
  };
};

type OwnBroker = ReturnType<typeof ownServer> & { address: string };

const startOnlyBroker = async (
  installed: InstalledKafka,
  dir: string,
  log: (line: string) => void,
): Promise<OwnBroker> => {
  const kafka = await startKafka({ ...installed, dir, log });
  const { port } = parseBroker(kafka.brokers);
  const again = () => startKafka({ ...installed, dir, port, log });
  return { address: kafka.brokers, ...ownServer('kafka', kafka, again) };
};

/** All at once: none is ready before most of them run. On other ports where another program has just taken one. */
const startCluster = async (
  installed: InstalledKafka,
  dir: string,
  log: (line: string) => void,
): Promise<readonly OwnBroker[]> => {
  for (;;) {
    const cluster = await planKafkaCluster(dir);
    const start = (node: KafkaNode) =>
      startKafka({ ...installed, dir: cluster.dirOf(node), member: { cluster, node }, log });
    const results = await Promise.allSettled(
      cluster.nodes.map(async (node) => {
        const broker = await start(node);
        return { address: broker.brokers, ...ownServer(`kafka-${node.id}`, broker, () => start(node)) };
      }),
    );
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    if (failures.length === 0) return started;
    await Promise.all(started.map(({ stop }) => stop()));
    const other = failures.find((failure) => !(failure instanceof PortTakenError));
    if (other) throw other;
    log('a port is taken; trying others for Kafka');
  }
};

const ownDatabase = async (
  { kind, home }: InstalledDatabase,
  dir: string,
  log: (line: string) => void,
): Promise<Server> => {
  const program = { mariadb, mysql }[kind](home);
  const database = await startDatabase(program, { dir, log });
  const { host, port } = new URL(database.url);
  log(`${program.name} is up on ${host}`);
  const again = () => startDatabase(program, { dir, port: Number(port), log });
  const { own, stop } = ownServer('database', database, again);
  return { address: database.url, own: [own], stop };
};

export const parseDatabaseKind = (text: string): DatabaseKind => {
  if (text === 'mariadb' || text === 'mysql') return text;
  throw new StackError(`DATABASE_SERVER=${text} is no database of ours: set it to mariadb or mysql.`);
};

const givenKafka = async (brokers: string): Promise<Server> => {
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
  return { address: brokers, own: [], stop: async () => {} };
};

export const parseReplication = (text: string): number => {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new StackError(
    `KAFKA_REPLICATION=${text} is no number of brokers: set it to how many should hold each event, for example 3.`,
  );
};

export const parseBroker = (broker: string): { host: string; port: number } => {
  const [, host, port] = /^\s*(.+):(\d{1,5})\s*$/.exec(broker) ?? [];
  if (!host || !port) {
    throw new StackError(`"${broker}" in KAFKA_BROKERS is no address: write HOST:PORT, several with commas between.`);
  }
  return { host, port: Number(port) };
};

const givenDatabase = async (text: string): Promise<Server> => {
  const { hostname, port } = parseMysqlUrl(text);
  if (!(await canConnect(hostname, Number(port || 3306)))) {
    throw new StackError(
      `No MySQL answers at ${hostname}:${port || 3306} (MYSQL_URL): start it, correct the address, or unset MYSQL_URL to get one of your own.`,
    );
  }
  return { address: text, own: [], stop: async () => {} };
};

/** Its message leaves the text out: there is a password in it. */
export const parseMysqlUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'mysql:' || !url.hostname) {
    throw new StackError(
      'MYSQL_URL is no address: write mysql://USER:PASSWORD@HOST:PORT, with a user that may create databases and users.',
    );
  }
  return url;
};
