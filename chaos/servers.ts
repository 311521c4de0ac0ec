import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDatabase } from '@quadrille/stack/database';
import { install } from '@quadrille/stack/install';
import { startKafka } from '@quadrille/stack/kafka';
import { mariadb } from '@quadrille/stack/mariadb';
import { candidatePort } from '@quadrille/stack/ports';
import { startLine } from './line.ts';

/** A broker or a database that can be killed and brought back where it was. */
export type Server = {
  readonly name: 'kafka' | 'database';
  /** SIGSTOP for so many ms. */
  readonly freeze: (ms: number) => Promise<void>;
  /** SIGKILL, and up again on the same port with the same data after so many ms. */
  readonly crash: (downMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
};

type Running = { readonly pid: number; readonly stop: () => Promise<void> };

const server = async (name: Server['name'], start: () => Promise<Running>): Promise<Server> => {
  let running = await start();
  const signal = (what: NodeJS.Signals) => void process.kill(running.pid, what);
  // Two faults may choose the same server: then the second waits for the first.
  let last = Promise.resolve();
  const inTurn = (strike: () => Promise<void>) => {
    last = last.then(strike);
    return last;
  };
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

/** Kafka behind a proxy, for its clients connect to where it says it is; and a database. */
export const startServers = async (dir: string, log: (line: string) => void) => {
  const installed = await install({ kafka: true, database: 'mariadb', log });
  if (!installed.kafka || !installed.database) throw new Error('nothing was installed');
  const { kafka: jars, database: program } = installed;

  const brokerPort = await candidatePort();
  const line = await startLine({ host: '127.0.0.1', port: brokerPort });
  const kafka = await server('kafka', () =>
    startKafka({ ...jars, dir: join(dir, 'kafka'), port: brokerPort, advertised: line.port, log }),
  );
  let mysqlUrl = '';
  const database = await server('database', async () => {
    const started = await startDatabase(mariadb(program.home), { dir: join(dir, 'mysql'), log });
    mysqlUrl = started.url;
    return started;
  });
  return { kafka, database, brokers: [`127.0.0.1:${line.port}`], kafkaLine: line, mysqlUrl };
};
