import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoRowsIn } from '@quadrille/deploy/demo';
import { setUp } from '@quadrille/deploy/provision';
import { type Cluster, openCluster } from '@quadrille/ops/cluster';
import { readOpsSettings } from '@quadrille/ops/settings';
import { createLog } from '@quadrille/process/log';
import { forEachService, services } from '@quadrille/services';
import { readCredentials } from '@quadrille/stack/credentials';
import type { BrokerCount } from '@quadrille/stack/kafka-cluster';
import { candidatePort } from '@quadrille/stack/ports';
import { type Ports, type ProcessName, processEnv } from '@quadrille/stack/process-env';
import { type Instance, startInstance } from './instances.ts';
import { type Line, startLine } from './line.ts';
import { type Broker, type Server, startServers } from './servers.ts';

/** Everything into which faults may be injected. */
export type System = {
  readonly gateway: string;
  readonly brokers: readonly string[];
  /** Straight to the server, past all proxies: for the audits. */
  readonly mysqlUrl: string;
  readonly cluster: Cluster;
  readonly instances: readonly Instance[];
  readonly brokerServers: readonly Broker[];
  readonly database: Server;
  readonly stop: () => Promise<void>;
};

/** Two of each, so that they share partitions, hand them over, and race; one gateway. */
const wanted: readonly ProcessName[] = [
  ...(['relay', ...services] as const).flatMap((name) => [name, name]),
  'gateway',
];

/** Short, so that in a short run too orders end by themselves. */
const env = { LOG_LEVEL: 'info', ORDER_DEADLINE: '90s', PAYMENT_EXPIRY: '45s' };

export const startSystem = async (
  dir: string,
  brokerCount: BrokerCount,
  log: (line: string) => void,
): Promise<System> => {
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true });
  const { brokers: brokerServers, database, mysqlUrl } = await startServers(dir, brokerCount, log);
  const brokers = brokerServers.map(({ line }) => `127.0.0.1:${line.port}`);
  const credentials = readCredentials(dir);
  const setupLog = createLog('setup');
  setupLog.level = 'warn';
  await setUp({
    mysqlUrl,
    brokers,
    credentials,
    replication: brokerCount,
    demoRows: demoRowsIn('development'),
    log: setupLog,
  });

  // The first of each kind is where the others look for it. The gateway comes last: it must know where the others are.
  const ports: Ports = { relay: 0, ...forEachService(() => 0), gateway: await candidatePort(), console: 0 };
  const instances: Instance[] = [];
  for (const name of wanted) {
    const label = `${name}-${instances.filter((other) => other.name === name).length + 1}`;
    if (name === 'gateway') for (const instance of instances) ports[instance.name] ||= await instance.listening;
    const line = name === 'gateway' ? undefined : await startLine(hostOf(mysqlUrl));
    const settings = { brokers, credentials, mysqlUrl: line ? through(mysqlUrl, line) : mysqlUrl, env };
    instances.push(
      startInstance({
        name,
        label,
        env: (port) => processEnv(name, { ...settings, ports: { ...ports, [name]: port } }),
        port: name === 'gateway' ? ports.gateway : 0,
        logFile: join(logs, `${label}.log`),
        clockFile: join(dir, `${label}.clock`),
        line,
      }),
    );
  }
  await Promise.all(instances.map(({ listening }) => listening));
  const settings = { brokers, credentials, ports, mysqlUrl, env };
  const cluster = openCluster(readOpsSettings(processEnv('console', settings)));
  log(`Starting ${instances.map(({ label }) => label).join(', ')}`);
  while (!instances.every((instance) => instance.isReady())) await sleep(100);

  return {
    gateway: `http://127.0.0.1:${ports.gateway}`,
    brokers,
    ...{ mysqlUrl, cluster },
    instances,
    brokerServers,
    database,
    stop: async () => {
      await cluster.close();
      await Promise.all(instances.map((instance) => instance.stop()));
      await Promise.all(instances.map(({ line }) => line?.close()));
      await Promise.all([database, ...brokerServers.map(({ server }) => server)].map((server) => server.stop()));
      await Promise.all(brokerServers.map(({ line }) => line.close()));
    },
  };
};

const hostOf = (mysqlUrl: string) => {
  const { hostname, port } = new URL(mysqlUrl);
  return { host: hostname, port: Number(port) };
};

const through = (mysqlUrl: string, line: Line): string => {
  const url = new URL(mysqlUrl);
  url.port = String(line.port);
  return url.toString();
};
