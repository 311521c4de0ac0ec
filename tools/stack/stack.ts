import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { demoRowsIn } from '@quadrille/deploy/demo';
import { type Credentials, setUp } from '@quadrille/deploy/provision';
import { StackError } from '@quadrille/process/errors';
import { createLog } from '@quadrille/process/log';
import { definitions, forEachService, services } from '@quadrille/services';
import { programOf } from './bundle.ts';
import { rotateLog } from './child.ts';
import { readCredentials } from './credentials.ts';
import { PortTakenError } from './errors.ts';
import type { BrokerCount } from './kafka-cluster.ts';
import { candidatePort, isFree } from './ports.ts';
import { type Ports, type ProcessName, processEnv, processNames, sagaProcesses } from './process-env.ts';
import { type RunningProcess, startProcess } from './processes.ts';
import { type Servers, startServers } from './servers.ts';

export type Stack = {
  /** Where each is now; a restart can move it. */
  readonly urls: Record<ProcessName, string>;
  readonly ports: Ports;
  brokers: string[];
  /** With the administrator's password. */
  mysqlUrl: string;
  credentials: Credentials;
  /** The environment of the operator's tools: what `npm run ops` finds in it. */
  opsEnv: NodeJS.ProcessEnv;
  servers: Servers;
  processes: Map<ProcessName, RunningProcess>;
  /**
   * Stops the process if it still runs, starts it anew and waits until it is ready. It gets the same port; if another program has taken
   * that meanwhile, it gets another, and the processes that must know are started anew, too.
   */
  restart(name: ProcessName): Promise<RunningProcess>;
  /** The restart under way, if there is one. */
  restarting(name: ProcessName): Promise<unknown> | undefined;
  /** Sends the signal and waits until the process is gone. */
  kill(name: ProcessName, signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
};

type KnownPorts = Pick<Ports, 'gateway' | 'console'>;

type StackOptions = {
  /** Holds data, logs and credentials. */
  dir: string;
  /** Those that orders need, unless named. */
  processes?: readonly ProcessName[];
  /** For the environment of every process. */
  env?: Record<string, string>;
  /** Those of gateway and console that people know (then it is an error if the gateway's is taken), or any. The other processes have any. */
  ports?: KnownPorts | 'free';
  /** Servers that are there already; they are not stopped with the stack. */
  servers?: { brokers: string[]; mysqlUrl: string };
  /** What names servers that are there already, as the environment does for startServers; absent: our environment. */
  given?: NodeJS.ProcessEnv;
  /** How many brokers our own Kafka has. */
  brokerCount?: BrokerCount | undefined;
  onLine?: (name: ProcessName, line: string) => void;
  log?(line: string): void;
};

/** Processes that learn at their start where another one is, and must be restarted when that one has moved. */
const whoMustKnow: Partial<Record<ProcessName, readonly ProcessName[]>> = {
  ...forEachService(() => ['gateway' as const]),
  gateway: [...definitions.filter(({ development }) => development).map(({ name }) => name), 'console'],
};

/** Everything, running and ready: servers, databases and topics, and the processes. Half a stack is stopped before the error leaves. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { dir, processes: wanted = sagaProcesses, env = {}, onLine, log = () => {} } = options;
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const wish = options.ports ?? 'free';
  const ports = await choosePorts(wish, wanted);
  const credentials = readCredentials(dir);
  // Meanwhile the servers start.
  const bundled = programOf('gateway');
  bundled.catch(() => {});
  const servers = options.servers
    ? borrowed(options.servers)
    : await startServers({ dir, brokerCount: options.brokerCount, env: options.given ?? process.env, log });
  const { brokers, mysqlUrl } = servers;
  const processes = new Map<ProcessName, RunningProcess>();

  const logFile = (name: ProcessName) => join(logs, `${name}.log`);
  const settings = { brokers, mysqlUrl, credentials, ports, env };
  const launch = async (name: ProcessName) => {
    const env = processEnv(name, settings);
    const process = await startProcess({ name, entry: await programOf(name), env, logFile: logFile(name), onLine });
    processes.set(name, process);
    ports[name] = await process.listening;
    return process;
  };
  /** Starts the process and waits until it listens. Its own bind says whether the port is free: no other program can take it in between. */
  const start = async (name: ProcessName): Promise<RunningProcess> => {
    try {
      return await launch(name);
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      // People know the gateway's port, so it must not move.
      if (name === 'gateway' && wish !== 'free') throw await gatewayPortTaken(ports.gateway);
      ports[name] = 0;
      return launch(name);
    }
  };
  const restarts = new Map<ProcessName, Promise<unknown>>();
  const restart = async (name: ProcessName): Promise<RunningProcess> => {
    const before = ports[name];
    // One after the other: two who must both know may have moved at the same time.
    const work: Promise<RunningProcess> = (restarts.get(name) ?? Promise.resolve())
      .catch(() => {})
      .then(() => restartNow(name))
      .finally(() => {
        if (restarts.get(name) === work) restarts.delete(name);
      });
    restarts.set(name, work);
    const process = await work;
    if (ports[name] !== before) await restartWhoMustKnow(name);
    return process;
  };
  const restartNow = async (name: ProcessName): Promise<RunningProcess> => {
    await processes.get(name)?.stop();
    if (stopping !== undefined) throw new StackError(`${name} is not started again: the stack is being stopped.`);
    const process = await start(name);
    await process.ready;
    return process;
  };
  const restartWhoMustKnow = async (moved: ProcessName) => {
    for (const name of whoMustKnow[moved] ?? []) if (processes.has(name)) await restart(name);
  };
  /** First all that the gateway must know of, then the gateway. */
  const startAll = async () => {
    await Promise.all(wanted.filter((name) => name !== 'gateway').map(start));
    if (wanted.includes('gateway')) {
      const told = ports.gateway;
      await start('gateway');
      if (ports.gateway !== told) await restartWhoMustKnow('gateway');
    }
    await Promise.all([...processes.values()].map(({ ready }) => ready));
  };

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
    await setUp({
      mysqlUrl,
      brokers,
      credentials,
      replication: servers.replication,
      demoRows: demoRowsIn('development'),
      log: setupLog,
    });
    log(`Starting ${wanted.join(', ')}`);
    for (const name of wanted) rotateLog(logFile(name));
    await startAll();
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    get urls() {
      return mapPorts((name) => `http://localhost:${ports[name]}`);
    },
    ports,
    brokers,
    mysqlUrl,
    credentials,
    opsEnv: processEnv('console', settings),
    servers,
    processes,
    restart,
    restarting: (name) => restarts.get(name),
    kill: async (name, signal) => {
      const process = processes.get(name);
      process?.kill(signal);
      await process?.exited;
    },
    stop,
  };
};

/** First what takes orders in, last what carries events out. */
const stopOrder: readonly (readonly ProcessName[])[] = [['gateway', 'console'], services, ['relay']];

/**
 * The ports that processes ask for; 0: any. Two must be known before their processes run: the gateway's, which pay needs, and that of a
 * process that is left out, for a later start.
 */
const choosePorts = async (wish: KnownPorts | 'free', wanted: readonly ProcessName[]): Promise<Ports> => {
  const ports: Partial<Ports> = {};
  for (const name of processNames) ports[name] = wanted.includes(name) ? 0 : await candidatePort();
  if (wish !== 'free') Object.assign(ports, wish);
  ports.gateway = (wish !== 'free' && wish.gateway) || (await candidatePort());
  // Said before anything is started; whether the port is free when the gateway wants it, its own bind says.
  if (wish !== 'free' && wanted.includes('gateway') && !(await isFree(ports.gateway)))
    throw await gatewayPortTaken(ports.gateway);
  return mapPorts((name) => ports[name] ?? 0);
};

const gatewayPortTaken = async (port: number): Promise<StackError> => {
  return new StackError(
    `Port ${port} is taken: set GATEWAY_PORT to a free one, for example GATEWAY_PORT=${await candidatePort()} npm start.`,
  );
};

const mapPorts = <T>(make: (name: ProcessName) => T): Record<ProcessName, T> => {
  return Object.fromEntries(processNames.map((name) => [name, make(name)])) as Record<ProcessName, T>;
};

const borrowed = (servers: { brokers: string[]; mysqlUrl: string }): Servers => {
  return { ...servers, own: [], replication: undefined, stop: async () => {} };
};
