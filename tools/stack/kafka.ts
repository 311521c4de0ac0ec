import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@quadrille/kafka/client';
import { readClusterId } from '@quadrille/kafka/cluster';
import { messageOf, StackError } from '@quadrille/process/errors';
import { createLog } from '@quadrille/process/log';
import { type Daemon, type Exit, failure, isPortTaken, rotateLog, startDaemon, stopDaemon } from './child.ts';
import { PortTakenError } from './errors.ts';
import { javaCommand, javaEnv } from './java.ts';
import { type KafkaCluster, type KafkaNode, loggingProperties, serverProperties } from './kafka-config.ts';
import { candidatePort, until } from './ports.ts';

export type KafkaServer = {
  brokers: string;
  pid: number;
  logFile: string;
  exited: Promise<Exit>;
  stop(): Promise<void>;
};

/** One of the brokers of a cluster. */
export type KafkaMember = { cluster: KafkaCluster; node: KafkaNode };

type KafkaOptions = {
  /** The folder with Kafka's jars. */
  libs: string;
  /** The private data folder. */
  dir: string;
  /** Which of several brokers it is, on its ports and no others; without, it is the only one. */
  member?: KafkaMember;
  /** Of the only one: this one and no other; without it, the port of the time before or any. */
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

/**
 * A broker that is a controller, too (KRaft), on 127.0.0.1 only. One of several is ready only when most of them run.
 * @throws PortTakenError when a port that it must have is taken
 */
export const startKafka = async (options: KafkaOptions): Promise<KafkaServer> => {
  const { dir, log } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (options.member) return startOn(options.member, options);
  const file = join(dir, 'ports.json');
  // The same ports again after a restart: clients that were left running find the broker where it was.
  const before: Partial<Ports> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  let broker = options.port ?? before.broker ?? (await candidatePort());
  let controller = before.controller ?? (await candidatePort());
  for (;;) {
    try {
      const node = { id: 1, broker, controller };
      const server = await startOn({ node, cluster: { clusterId: clusterId(), nodes: [node] } }, options);
      writeFileSync(file, JSON.stringify({ broker, controller }));
      return server;
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      const isBrokers = readFileSync(join(dir, 'kafka.log'), 'utf8').includes(`bind to 127.0.0.1:${broker}`);
      if (isBrokers && options.port !== undefined) throw error;
      log(`port ${isBrokers ? broker : controller} is taken; trying another for Kafka`);
      if (isBrokers) broker = await candidatePort();
      else controller = await candidatePort();
    }
  }
};

const startOn = async ({ node, cluster }: KafkaMember, options: KafkaOptions): Promise<KafkaServer> => {
  const { dir } = options;
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
  await waitUntilReady(daemon, node.broker, { data, logFile });
  return {
    brokers: `127.0.0.1:${node.broker}`,
    pid: daemon.pid,
    logFile,
    exited: daemon.exited,
    stop: async () => void (await stopDaemon(daemon, stopGraceMs)),
  };
};

const commonOptions = (archive: string | undefined, logging: string): string[] => {
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
};

/** Sorted, because an archive is only good for the very same class path. */
export const classPath = (libs: string): string => {
  return readdirSync(libs)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(libs, name))
    .join(':');
};

export const clusterId = (): string => {
  return randomBytes(16).toString('base64url');
};

const waitUntilReady = async (
  daemon: Daemon,
  port: number,
  { data, logFile }: { data: string; logFile: string },
): Promise<void> => {
  const gone = new AbortController();
  void daemon.exited.then(() => gone.abort(new Error('it ended')));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(startTimeoutMs)]);
  try {
    // The port opens before the broker may answer, so its own word is waited for too.
    await until(() => readFileSync(logFile, 'utf8').includes('Kafka Server started'), signal);
    await proveOurs(port, data);
  } catch (error) {
    await stopDaemon(daemon, 0);
    if (error instanceof StackError) throw error;
    if (isPortTaken(logFile)) throw new PortTakenError(`Kafka did not start: a port is taken; see ${logFile}.`);
    throw failure(`Kafka did not start (${messageOf(error)})`, logFile);
  }
};

/** The broker that answers is the one whose storage is here, and no other that has taken its place. */
const proveOurs = async (port: number, data: string): Promise<void> => {
  const [, ours] = /^cluster\.id=(.+)$/m.exec(readFileSync(join(data, 'meta.properties'), 'utf8')) ?? [];
  const log = createLog('kafka');
  log.level = 'silent';
  const answering = await readClusterId(createClient([`127.0.0.1:${port}`], 'stack', log));
  if (answering !== ours)
    throw new StackError(
      `The Kafka on port ${port} is not that of ${data} (its cluster is ${answering}): stop it and try again.`,
    );
};
