import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@quadrille/simulate/random';
import type { Instance } from './instances.ts';
import type { System } from './system.ts';

/** Something that goes wrong: what, and the act, which resolves when it is over. */
export type Fault = { readonly kind: string; readonly on: string; readonly strike: () => Promise<void> };

type Ground = {
  readonly system: System;
  readonly random: Random;
  readonly publishAgain: (count: number) => Promise<number>;
};
type MakeFault = (ground: Ground) => Fault;

const seconds = (random: Random, from: number, to: number) => 1000 * (from + (to - from) * random.next());

const anyOf = ({ system, random }: Ground): Instance => {
  const [first, ...rest] = system.instances;
  if (!first) throw new Error('nothing runs');
  return random.pick([first, ...rest]);
};

const withLine = ({ system, random }: Ground) => {
  const [first, ...rest] = system.instances.flatMap(({ label, line }) => (line ? [{ label, line }] : []));
  if (!first) throw new Error('nothing runs');
  return random.pick([first, ...rest]);
};

const kill: MakeFault = (ground) => {
  const victim = anyOf(ground);
  return {
    kind: 'SIGKILL of a process',
    on: victim.label,
    strike: async () => victim.signal('SIGKILL'),
  };
};

/** Past the lease of a relay and the session of a consumer, so that others take over and the sleeper wakes up as a zombie. */
const freeze: MakeFault = (ground) => {
  const victim = anyOf(ground);
  const ms = seconds(ground.random, 1, 15);
  return {
    kind: 'SIGSTOP of a process',
    on: `${victim.label} for ${(ms / 1000).toFixed(1)} s`,
    strike: async () => {
      victim.signal('SIGSTOP');
      await sleep(ms);
      victim.signal('SIGCONT');
    },
  };
};

const rollingRestart: MakeFault = ({ system, random }) => {
  const name = random.pick(['relay', 'order', 'stock', 'coupon', 'pay']);
  return {
    kind: 'rolling restart',
    on: name,
    strike: async () => {
      for (const instance of system.instances.filter((candidate) => candidate.name === name)) {
        const before = instance.ends();
        instance.signal('SIGTERM');
        while (instance.ends() === before || !instance.isReady()) await sleep(50);
      }
    },
  };
};

const crashServer: MakeFault = ({ system, random }) => {
  const server = random.pick(system.servers);
  const ms = seconds(random, 0, 3);
  return { kind: `SIGKILL of the ${server.name}`, on: server.name, strike: () => server.crash(ms) };
};

const freezeServer: MakeFault = ({ system, random }) => {
  const server = random.pick(system.servers);
  const ms = seconds(random, 1, 8);
  return {
    kind: `SIGSTOP of the ${server.name}`,
    on: `${server.name} for ${(ms / 1000).toFixed(1)} s`,
    strike: () => server.freeze(ms),
  };
};

const badLine: MakeFault = (ground) => {
  const { random, system } = ground;
  const toKafka = random.next() < 0.4;
  const { label, line } = toKafka ? { label: 'all', line: system.kafkaLine } : withLine(ground);
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
    strike: async () => {
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
    strike: async () => void (await publishAgain(count)),
  };
};

/** What is likely in life is likely here. */
const deck: [MakeFault, ...MakeFault[]] = [
  kill,
  ...[kill, kill, kill],
  ...[freeze, freeze, freeze],
  rollingRestart,
  crashServer,
  freezeServer,
  ...[badLine, badLine, badLine, badLine, badLine],
  ...[duplicates, duplicates],
];

export const nextFault = (ground: Ground): Fault => ground.random.pick(deck)(ground);
