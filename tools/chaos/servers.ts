import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDatabase } from '@quadrille/stack/database';
import { install } from '@quadrille/stack/install';
import { startKafka } from '@quadrille/stack/kafka';
import { type BrokerCount, planKafkaCluster } from '@quadrille/stack/kafka-cluster';
import { mariadb } from '@quadrille/stack/mariadb';
import { candidatePort } from '@quadrille/stack/ports';
import { type Line, startLine } from './line.ts';

/** A broker or a database that can be killed and brought back where it was. */
export type Server = {
  /** `database`, `kafka`; of several brokers `kafka-2`. */
  readonly name: string;
  /** SIGSTOP for so many ms. */
  readonly freeze: (ms: number) => Promise<void>;
  /** SIGKILL, and up again on the same port with the same data after so many ms. */
  readonly crash: (downMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** A broker, and the line by which clients and other brokers reach it. */
export type Broker = { readonly server: Server; readonly line: Line };

type Running = { readonly pid: number; readonly stop: () => Promise<void> };
type InTurn = (inject: () => Promise<void>) => Promise<void>;

const newTurn = (): InTurn => {
  let last = Promise.resolve();
  return (inject) => {
    last = last.then(inject);
    return last;
  };
};

/** @param inTurn two faults may choose the same server: then the second waits for the first */
const server = async (name: string, start: () => Promise<Running>, inTurn = newTurn()): Promise<Server> => {
  let running = await start();
  const signal = (what: NodeJS.Signals) => void process.kill(running.pid, what);
  return {
    name,
    freeze: (ms) =>
      inTurn(async () => {
        signal('SIGSTOP');
        await sleep(ms);
        signal('SIGCONT');
      }),
    crash: (downMs) =>
      inTurn(async () => {
        signal('SIGKILL');
        await running.stop();
        await sleep(downMs);
        running = await start();
      }),
    stop: () => running.stop(),
  };
};

/** Brokers behind a proxy each, for their clients connect to where they say they are; and a database. */
export const startServers = async (dir: string, brokerCount: BrokerCount, log: (line: string) => void) => {
  const installed = await install({ kafka: true, database: 'mariadb', log });
  if (!installed.kafka || !installed.database) throw new Error('nothing was installed');
  const { kafka: jars, database: program } = installed;

  // One after the other: with two of three away, nothing that two must have can be acknowledged.
  const inTurn = newTurn();
  const brokers = await Promise.all(
    (await planBrokers(join(dir, 'kafka'), brokerCount)).map(async ({ name, ...options }): Promise<Broker> => {
      const line = await startLine({ host: '127.0.0.1', port: options.port });
      const start = () => startKafka({ ...jars, ...options, advertised: line.port, log });
      return { server: await server(name, start, inTurn), line };
    }),
  );
  let mysqlUrl = '';
  const database = await server('database', async () => {
    const started = await startDatabase(mariadb(program.home), { dir: join(dir, 'mysql'), log });
    mysqlUrl = started.url;
    return started;
  });
  return { brokers, database, mysqlUrl };
};

const planBrokers = async (dir: string, count: BrokerCount) => {
  if (count === 1) return [{ name: 'kafka', dir, port: await candidatePort() }];
  const cluster = await planKafkaCluster(dir);
  return cluster.nodes.map((node) => ({
    name: `kafka-${node.id}`,
    dir: cluster.dirOf(node),
    port: node.broker,
    member: { cluster, node },
  }));
};
