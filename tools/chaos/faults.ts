import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from '@quadrille/contracts/catalogue';
import { services } from '@quadrille/services';
import { databases } from '@quadrille/services/databases';
import type { Random } from '@quadrille/simulate/random';
import { leaveLease, makeReadOnly } from './database-faults.ts';
import { planForeign, writeForeign } from './foreign.ts';
import type { Instance } from './instances.ts';
import type { Server } from './servers.ts';
import type { System } from './system.ts';
import { makeTopicAgain } from './topic-faults.ts';

/** After it Kafka lacks events that have arrived everywhere, and rightly. */
export const topicMadeAgainKind = 'topic made again';

/** Something that goes wrong: what, and the act, which resolves when it is over. */
export type Fault = { readonly kind: string; readonly on: string; readonly inject: () => Promise<void> };

type Deps = {
  readonly system: Pick<System, 'instances' | 'brokerServers' | 'database' | 'brokers' | 'mysqlUrl' | 'cluster'>;
  readonly random: Random;
  readonly publishAgain: (count: number) => Promise<number>;
};
type MakeFault = (deps: Deps) => Fault;

const one = <Item>(random: Random, items: readonly Item[]): Item => {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error('nothing runs');
  return random.pick([first, ...rest]);
};

const seconds = (random: Random, from: number, to: number) => 1000 * (from + (to - from) * random.next());

const anyOf = ({ system, random }: Deps): Instance => one(random, system.instances);

const withLine = ({ system, random }: Deps) =>
  one(
    random,
    system.instances.flatMap(({ label, line }) => (line ? [{ label, line }] : [])),
  );

const kill: MakeFault = (deps) => {
  const victim = anyOf(deps);
  return {
    kind: 'SIGKILL of a process',
    on: victim.label,
    inject: async () => victim.signal('SIGKILL'),
  };
};

/** Past the lease of a relay and the session of a consumer, so that others take over and the sleeper wakes up as a zombie. */
const freeze: MakeFault = (deps) => {
  const victim = anyOf(deps);
  const ms = seconds(deps.random, 1, 15);
  return {
    kind: 'SIGSTOP of a process',
    on: `${victim.label} for ${(ms / 1000).toFixed(1)} s`,
    inject: async () => {
      victim.signal('SIGSTOP');
      await sleep(ms);
      victim.signal('SIGCONT');
    },
  };
};

const rollingRestart: MakeFault = ({ system, random }) => {
  const name = random.pick(['relay', ...services]);
  return {
    kind: 'rolling restart',
    on: name,
    inject: async () => {
      for (const instance of system.instances.filter((candidate) => candidate.name === name)) {
        const before = instance.ends();
        instance.signal('SIGTERM');
        while (instance.ends() === before || !instance.isReady()) await sleep(50);
      }
    },
  };
};

const crash = (kind: string, server: Server, ms: number): Fault => ({
  kind,
  on: `${server.name} for ${(ms / 1000).toFixed(1)} s`,
  inject: () => server.crash(ms),
});

const freezeFor = (kind: string, server: Server, ms: number): Fault => ({
  kind,
  on: `${server.name} for ${(ms / 1000).toFixed(1)} s`,
  inject: () => server.freeze(ms),
});

const crashDatabase: MakeFault = ({ system, random }) =>
  crash('SIGKILL of the database', system.database, seconds(random, 0, 3));

const freezeDatabase: MakeFault = ({ system, random }) =>
  freezeFor('SIGSTOP of the database', system.database, seconds(random, 1, 8));

const isCluster = ({ brokerServers }: Pick<System, 'brokerServers'>) => brokerServers.length > 1;

/** @param broker the index of the one to kill; a cluster does without it for longer than a single broker may be away */
const crashBroker =
  (broker: number): MakeFault =>
  ({ system, random }) => {
    const { brokerServers } = system;
    const { server } = brokerServers[broker % brokerServers.length] ?? one(random, brokerServers);
    return crash('SIGKILL of a broker', server, isCluster(system) ? seconds(random, 2, 15) : seconds(random, 0, 3));
  };

/** In a cluster past its session, so that others lead meanwhile and it wakes up as a zombie. */
const freezeBroker: MakeFault = ({ system, random }) => {
  const { server } = one(random, system.brokerServers);
  return freezeFor('SIGSTOP of a broker', server, isCluster(system) ? seconds(random, 2, 15) : seconds(random, 1, 8));
};

const badLine: MakeFault = (deps) => {
  const { random, system } = deps;
  const toKafka = random.next() < 0.4;
  const broker = one(random, system.brokerServers);
  const { label, line } = toKafka ? { label: `clients of ${broker.server.name}`, line: broker.line } : withLine(deps);
  const server = toKafka ? 'Kafka' : 'database';
  const ms = seconds(random, 2, 8);
  const wrongs = {
    latency: () => line.delay(random.between(20, 300)),
    'stall then flush': line.stall,
    'dropped answers': line.dropAnswers,
    reset: line.reset,
    // Kafka's clients say no COMMIT; there it is one more reset.
    'cut during COMMIT': toKafka ? line.reset : () => line.cutAtCommit(random.between(1, 5)),
  };
  const wrong = random.pick(Object.keys(wrongs) as [keyof typeof wrongs, ...(keyof typeof wrongs)[]]);
  return {
    kind: toKafka && wrong === 'cut during COMMIT' ? `${server}: reset` : `${server}: ${wrong}`,
    on: `${label} for ${(ms / 1000).toFixed(1)} s`,
    inject: async () => {
      wrongs[wrong]();
      await sleep(ms);
      line.calm();
    },
  };
};

const duplicates: MakeFault = ({ random, publishAgain }) => {
  const count = random.between(50, 500);
  return {
    kind: 'old events delivered again',
    on: `${count} events`,
    inject: async () => void (await publishAgain(count)),
  };
};

/** Records of every kind that foreign clients were found to stop services with. */
const foreignRecords: MakeFault = ({ system, random }) => {
  const plan = planForeign(random);
  return {
    kind: 'foreign records',
    on: `${plan.rounds} of each kind, a transaction open for ${plan.openMs / 1000} s, compression ${plan.compression}`,
    inject: () => writeForeign(system.brokers, plan),
  };
};

const readOnlyDatabase: MakeFault = ({ system, random }) => {
  const ms = seconds(random, 2, 15);
  return {
    kind: 'database: read-only',
    on: `for ${(ms / 1000).toFixed(1)} s`,
    inject: () => makeReadOnly(system.mysqlUrl, ms),
  };
};

/** Far beyond what brokers, leases and sessions bear with; then it is right again, as after the next look at a time server. */
const clockJump: MakeFault = (deps) => {
  const victim = anyOf(deps);
  const ms = seconds(deps.random, 2, 10);
  const hours = deps.random.pick([2, -2]);
  return {
    kind: 'clock of a process jumps',
    on: `${victim.label} by ${hours} h for ${(ms / 1000).toFixed(1)} s`,
    inject: async () => {
      victim.setClock(hours * 3_600_000);
      await sleep(ms);
      victim.setClock(0);
    },
  };
};

const leaseInFuture: MakeFault = ({ system, random }) => {
  const service = one(random, services);
  return {
    kind: 'lease that ends in an hour',
    on: service,
    inject: () => leaveLease(system.mysqlUrl, databases[service]),
  };
};

const topicMadeAgain: MakeFault = ({ system, random }) => {
  const { brokers, cluster, brokerServers } = system;
  const topic = one(random, topics);
  return {
    kind: topicMadeAgainKind,
    on: topic,
    inject: () => makeTopicAgain({ brokers, cluster, replication: brokerServers.length }, topic),
  };
};

/** What is likely in production is likely here. */
const deckOf = (system: Deps['system'], nextBroker: () => number): [MakeFault, ...MakeFault[]] => {
  const killBroker: MakeFault = (deps) => crashBroker(nextBroker())(deps);
  return [
    kill,
    ...[kill, kill, kill],
    ...[freeze, freeze, freeze],
    rollingRestart,
    ...[crashDatabase, freezeDatabase],
    ...[killBroker, freezeBroker],
    ...(isCluster(system) ? [killBroker, killBroker, freezeBroker] : []),
    ...[badLine, badLine, badLine, badLine, badLine],
    ...[duplicates, duplicates],
    ...[foreignRecords, foreignRecords],
    ...[readOnlyDatabase, clockJump, clockJump, leaseInFuture, topicMadeAgain],
  ];
};

/** How many faults there must be before each broker of a cluster has been killed once. */
export const leastFaults = (system: Pick<System, 'brokerServers'>): number =>
  isCluster(system) ? system.brokerServers.length : 0;

/** Draws faults. Of a cluster each broker is killed first, in turn; then by chance, the next one each time. */
export const faultsOf = (deps: Deps): (() => Fault) => {
  const { system, random } = deps;
  let drawn = 0;
  let brokers = 0;
  const deck = deckOf(system, () => brokers++);
  return () => (drawn++ < leastFaults(system) ? crashBroker(brokers++) : random.pick(deck))(deps);
};
