import { randomFrom } from '@quadrille/simulate/random';
import { describe, expect, it } from 'vitest';
import { type Fault, faultsOf, leastFaults } from '../faults.ts';
import type { Instance } from '../instances.ts';
import type { Line } from '../line.ts';
import type { Server } from '../servers.ts';
import type { System } from '../system.ts';

const nothing = async () => {};
const server = (name: string): Server => ({ name, freeze: nothing, crash: nothing, stop: nothing });
const line: Line = {
  ...{ port: 0, delay: () => {}, stall: () => {}, dropAnswers: () => {}, cutAtCommit: () => {}, reset: () => {} },
  ...{ calm: () => {}, close: nothing },
};
const instance: Instance = {
  ...{ name: 'stock', label: 'stock-1', line, signal: () => {}, setClock: () => {}, isReady: () => true },
  ...{ saysReady: async () => true, listening: Promise.resolve(0), ends: () => 0, stop: nothing },
};

const draw = (seed: number, brokers: readonly string[], count: number): Fault[] => {
  const system = {
    instances: [instance],
    brokerServers: brokers.map((name) => ({ server: server(name), line })),
    database: server('database'),
    ...{ brokers: [], mysqlUrl: '', cluster: {} as System['cluster'] },
  };
  const next = faultsOf({ system, random: randomFrom(seed), publishAgain: async () => 0 });
  return Array.from({ length: count }, next);
};
const killed = (faults: readonly Fault[]) =>
  faults.filter(({ kind }) => kind === 'SIGKILL of a broker').map(({ on }) => on.split(' ')[0]);

describe('A4: faults', () => {
  const three = ['kafka-1', 'kafka-2', 'kafka-3'];

  it.each([1, 2, 3, 4, 5])('of seed %i kill each of three brokers first, and then go on in turn', (seed) => {
    const faults = draw(seed, three, 200);
    expect(killed(faults.slice(0, 3))).toEqual(three);
    const all = killed(faults);
    expect(all.length).toBeGreaterThan(10);
    expect(all).toEqual(all.map((_, index) => three[index % 3]));
  });

  it('are at least as many as there are brokers to kill', () => {
    expect(leastFaults({ brokerServers: three.map((name) => ({ server: server(name), line })) })).toBe(3);
    expect(leastFaults({ brokerServers: [{ server: server('kafka'), line }] })).toBe(0);
  });

  it('are the same for the same seed, with one broker as with three', () => {
    const told = (faults: readonly Fault[]) => faults.map(({ kind, on }) => `${kind}: ${on}`);
    expect(told(draw(7, three, 100))).toEqual(told(draw(7, three, 100)));
    expect(told(draw(7, ['kafka'], 100))).toEqual(told(draw(7, ['kafka'], 100)));
  });
});
