import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '@quadrille/process/errors';
import { clusterId } from './kafka.ts';
import type { KafkaCluster, KafkaNode } from './kafka-config.ts';
import { candidatePort, isFree } from './ports.ts';

/** How many brokers of its own a stack can have: with two, nothing can be written while one is away. */
export const brokerCounts = [1, 3] as const;
export type BrokerCount = (typeof brokerCounts)[number];

/** @throws StackError when the folder was made with another number of brokers */
export const chooseBrokerCount = (dir: string, wanted: BrokerCount | undefined): BrokerCount => {
  const before = readBrokerCount(dir);
  if (before === undefined || wanted === undefined || wanted === before) return before ?? wanted ?? 1;
  throw new StackError(
    `The data in ${dir} are of ${count(before)}, not of ${wanted}: leave --brokers ${wanted} out, begin anew (npm start -- --fresh --brokers ${wanted}), or set QUADRILLE_DIR to another folder.`,
  );
};

const count = (brokers: number) => (brokers === 1 ? '1 broker' : `${brokers} brokers`);

const readBrokerCount = (dir: string): BrokerCount | undefined => {
  if (existsSync(clusterFile(dir))) return 3;
  return existsSync(join(dir, 'data')) ? 1 : undefined;
};

const clusterFile = (dir: string) => join(dir, 'cluster.json');

/** Three brokers in folders of their own, on the ports they had before as far as these are free. */
export const planKafkaCluster = async (dir: string): Promise<KafkaCluster & { dirOf(node: KafkaNode): string }> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = clusterFile(dir);
  const before: Partial<KafkaCluster> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const taken: number[] = [];
  const portOf = async (wanted: number | undefined) => {
    let port = wanted !== undefined && (await isFree(wanted)) ? wanted : await candidatePort();
    while (taken.includes(port)) port = await candidatePort();
    taken.push(port);
    return port;
  };
  const nodes: KafkaNode[] = [];
  for (const id of [1, 2, 3]) {
    const old = before.nodes?.find((node) => node.id === id);
    nodes.push({ id, broker: await portOf(old?.broker), controller: await portOf(old?.controller) });
  }
  const cluster: KafkaCluster = { clusterId: before.clusterId ?? clusterId(), nodes };
  writeFileSync(file, JSON.stringify(cluster));
  return { ...cluster, dirOf: ({ id }) => join(dir, `broker-${id}`) };
};
