import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, failure, rotateLog, startDaemon, stopDaemon } from './child.ts';
import { messageOf } from './errors.ts';
import { javaCommand, javaEnv } from './java.ts';
import { type KafkaCluster, type KafkaNode, loggingProperties, serverProperties } from './kafka-config.ts';
import { canConnect, pickPort, until } from './ports.ts';

export type KafkaServer = { brokers: string; pid: number; logFile: string; stop(): Promise<void> };

type KafkaOptions = {
  /** The folder with Kafka's jars. */
  libs: string;
  /** The private data folder. */
  dir: string;
  /** Which of several brokers it is; without, it is the only one. */
  member?: { cluster: KafkaCluster; node: KafkaNode };
  port?: number;
  /** The port that clients are told to use, when something stands in between. */
  advertised?: number;
  /** A class data archive (see kafka-archive.ts): half the time and a third of the CPU of a start. */
  archive?: string;
  jvmOptions?: string[];
  log(line: string): void;
};

type Ports = { broker: number; controller: number };

const startTimeoutMs = 90_000;
const stopGraceMs = 20_000;

/** A broker that is a controller, too (KRaft), on 127.0.0.1 only. One of several is ready only when most of them run. */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const { dir } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { node, cluster } = options.member ?? onlyBroker(await choosePorts(dir, options.port));
  const config = join(dir, 'server.properties');
  const logging = join(dir, 'log4j2.properties');
  const logFile = join(dir, 'kafka.log');
  const data = join(dir, 'data');
  writeFileSync(config, serverProperties({ data, node, nodes: cluster.nodes, advertised: options.advertised }));
  writeFileSync(logging, loggingProperties);
  rotateLog(logFile);

  const java = (args: string[], jvmOptions: string[] = []) =>
    startDaemon({
      command: javaCommand(),
      args: [...commonOptions(options.archive, logging), ...jvmOptions, '-cp', classPath(options.libs), ...args],
      env: javaEnv(),
      cwd: dir,
      logFile,
    });

  if (!existsSync(join(data, 'meta.properties'))) {
    options.log(`formatting the storage of ${cluster.nodes.length === 1 ? 'Kafka' : `broker ${node.id}`}`);
    // In one word: an id may begin with a hyphen.
    const format = await java(['kafka.tools.StorageTool', 'format', `--cluster-id=${cluster.clusterId}`, '-c', config]);
    const { code } = await format.exited;
    if (code !== 0) throw failure('Kafka could not format its storage', logFile);
    rotateLog(logFile);
  }

  const daemon = await java(['kafka.Kafka', config], options.jvmOptions);
  await waitUntilReady(daemon, node.broker, logFile);
  return {
    brokers: `127.0.0.1:${node.broker}`,
    pid: daemon.pid,
    logFile,
    stop: async () => void (await stopDaemon(daemon, stopGraceMs)),
  };
}

function onlyBroker(ports: Ports): { cluster: KafkaCluster; node: KafkaNode } {
  const node = { id: 1, ...ports };
  return { node, cluster: { clusterId: clusterId(), nodes: [node] } };
}

function commonOptions(archive: string | undefined, logging: string): string[] {
  return [
    '-Xms128m',
    '-Xmx512m',
    '-XX:+UseSerialGC',
    // No second compiler: 1.5 s of CPU for a start instead of 2.6 s, and still ahead after 100,000 messages (0.7 ms a request, not 0.9).
    '-XX:TieredStopAtLevel=1',
    ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`]),
    `-Dlog4j2.configurationFile=${logging}`,
    '-Djava.awt.headless=true',
  ];
}

/** Sorted, because an archive is only good for the very same class path. */
export function classPath(libs: string): string {
  return readdirSync(libs)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(libs, name))
    .join(':');
}

/** The same ports again after a restart as long as they are free: clients that were left running find the broker where it was. */
async function choosePorts(dir: string, port?: number): Promise<Ports> {
  const file = join(dir, 'ports.json');
  const before: Partial<Ports> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const broker = await pickPort(port ?? before.broker);
  let controller = await pickPort(before.controller);
  while (controller === broker) controller = await pickPort();
  writeFileSync(file, JSON.stringify({ broker, controller }));
  return { broker, controller };
}

export function clusterId(): string {
  return randomBytes(16).toString('base64url');
}

async function waitUntilReady(daemon: Daemon, port: number, logFile: string): Promise<void> {
  const gone = new AbortController();
  void daemon.exited.then(() => gone.abort(new Error('it ended')));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(startTimeoutMs)]);
  try {
    // The port opens before the broker may answer, so its own word is waited for too.
    await until(() => readFileSync(logFile, 'utf8').includes('Kafka Server started'), signal);
    await until(() => canConnect('127.0.0.1', port), signal);
  } catch (error) {
    await stopDaemon(daemon, 0);
    throw failure(`Kafka did not start (${messageOf(error)})`, logFile);
  }
}
