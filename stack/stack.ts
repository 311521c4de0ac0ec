import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '@quadrille/process/log';
import { rotateLog } from './child.ts';
import { readCredentials } from './credentials.ts';
import { StackError } from './errors.ts';
import type { BrokerCount } from './kafka-cluster.ts';
import { isFree, pickPort } from './ports.ts';
import { entries, type Ports, type ProcessName, processEnv, processNames, sagaProcesses } from './process-env.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { type Servers, startServers } from './servers.ts';
import { type Credentials, setUp } from './setup.ts';

export type Stack = {
  urls: Record<ProcessName, string>;
  ports: Ports;
  brokers: string[];
  /** With the administrator's password. */
  mysqlUrl: string;
  credentials: Credentials;
  servers: Servers;
  processes: Map<ProcessName, RunningProcess>;
  /** Stops the process if it still runs, starts it anew on the same port and waits until it is ready. */
  restart(name: ProcessName): Promise<RunningProcess>;
  /** Sends the signal and waits until the process is gone. */
  kill(name: ProcessName, signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
};

type StackOptions = {
  /** Holds data, logs and credentials. */
  dir: string;
  /** Those that orders need, unless named. */
  processes?: readonly ProcessName[];
  /** For the environment of every process. */
  env?: Record<string, string>;
  /** The documented ones (then a taken GATEWAY_PORT is an error), or any. */
  ports?: 'default' | 'free';
  /** Servers that are there already; they are not stopped with the stack. */
  servers?: { brokers: string[]; mysqlUrl: string };
  /** How many brokers our own Kafka has. */
  brokerCount?: BrokerCount | undefined;
  onLine?: (name: ProcessName, line: string) => void;
  log?(line: string): void;
};

const defaultPorts: Ports = {
  gateway: 8080,
  order: 8081,
  stock: 8082,
  coupon: 8083,
  pay: 8084,
  relay: 8085,
  console: 36789,
};

/** Everything, running and ready: servers, databases and topics, and the processes. Half a stack is stopped before the error leaves. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, processes: wanted = sagaProcesses, env = {}, onLine, log = () => {} } = options;
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const ports = await choosePorts(options.ports ?? 'free');
  const credentials = readCredentials(dir);
  const servers = options.servers
    ? borrowed(options.servers)
    : await startServers({ dir, brokerCount: options.brokerCount, log });
  const { brokers, mysqlUrl } = servers;
  const processes = new Map<ProcessName, RunningProcess>();

  const logFile = (name: ProcessName) => join(logs, `${name}.log`);
  const start = async (name: ProcessName) => {
    const env = processEnv(name, settings);
    const process = await startProcess({
      name,
      entry: entries[name],
      env,
      port: ports[name],
      logFile: logFile(name),
      onLine,
    });
    processes.set(name, process);
    await process.ready;
    return process;
  };
  const settings = { brokers, mysqlUrl, credentials, ports, env };

  const stopAll = async () => {
    for (const group of stopOrder) {
      await Promise.all(
        group.map(async (name) => {
          const process = processes.get(name);
          if (!process) return;
          await process.stop();
          log(`${name} stopped`);
        }),
      );
    }
    await servers.stop();
    if (!options.servers) log('Kafka and database stopped');
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll();
    return stopping;
  };

  try {
    log('Creating databases, users and topics');
    const setupLog = createLog('setup');
    setupLog.level = 'warn';
    await setUp({ mysqlUrl, brokers, credentials, replication: servers.replication, log: setupLog });
    log(`Starting ${wanted.join(', ')}`);
    for (const name of wanted) rotateLog(logFile(name));
    await Promise.all(wanted.map(start));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    urls: mapPorts(ports, (port) => `http://localhost:${port}`),
    ports,
    brokers,
    mysqlUrl,
    credentials,
    servers,
    processes,
    restart: async (name) => {
      await processes.get(name)?.stop();
      if (stopping !== undefined) throw new StackError(`${name} is not started again: the stack is being stopped.`);
      return start(name);
    },
    kill: async (name, signal) => {
      const process = processes.get(name);
      process?.kill(signal);
      await process?.exited;
    },
    stop,
  };
}

/** First what takes orders in, last what carries events out. */
const stopOrder: ProcessName[][] = [['gateway', 'console'], ['order', 'stock', 'coupon', 'pay'], ['relay']];

async function choosePorts(wish: 'default' | 'free'): Promise<Ports> {
  const { GATEWAY_PORT: gateway, CONSOLE_PORT: console } = wish === 'default' ? process.env : {};
  const wanted = {
    ...defaultPorts,
    ...(gateway && { gateway: parsePort(gateway, 'GATEWAY_PORT') }),
    ...(console && { console: parsePort(console, 'CONSOLE_PORT') }),
  };
  if (wish === 'default' && !(await isFree(wanted.gateway))) {
    throw new StackError(
      `Port ${wanted.gateway} is taken: set GATEWAY_PORT to a free one, for example GATEWAY_PORT=${await pickPort()} npm start.`,
    );
  }
  const chosen: Partial<Ports> = {};
  const taken = new Set<number>();
  for (const name of processNames) {
    let port = await pickPort(wish === 'default' ? wanted[name] : undefined);
    while (taken.has(port)) port = await pickPort();
    taken.add(port);
    chosen[name] = port;
  }
  return mapPorts(defaultPorts, (port, name) => chosen[name] ?? port);
}

export function parsePort(text: string, setting: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new StackError(`${setting}=${text} is no port: set it to a number from 1 to 65535.`);
}

function mapPorts<T>(ports: Ports, make: (port: number, name: ProcessName) => T): Record<ProcessName, T> {
  return {
    relay: make(ports.relay, 'relay'),
    order: make(ports.order, 'order'),
    stock: make(ports.stock, 'stock'),
    coupon: make(ports.coupon, 'coupon'),
    pay: make(ports.pay, 'pay'),
    gateway: make(ports.gateway, 'gateway'),
    console: make(ports.console, 'console'),
  };
}

function borrowed(servers: { brokers: string[]; mysqlUrl: string }): Servers {
  return { ...servers, own: [], replication: undefined, stop: async () => {} };
}
