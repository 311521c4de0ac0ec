import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { closedLoop, type OrderPlan, openLoop, type Placed, quantile } from './load.ts';
import { costOf, diskOf, type Figures, restOf, settle } from './measure.ts';
import { removeData, type System, startSystem } from './system.ts';

export type Run = { readonly system: System; readonly productIds: readonly number[] };

export type Scenario = {
  readonly about: string;
  readonly run: (run: Run) => Promise<Figures>;
};

const times = (name: string, values: readonly number[]): Figures => ({
  [`${name} p50 ms`]: Number(quantile(values, 0.5).toFixed(1)),
  [`${name} p99 ms`]: Number(quantile(values, 0.99).toFixed(1)),
});

const spread =
  (productIds: readonly number[]) =>
  (index: number): OrderPlan => ({ productId: productIds[index % productIds.length] as number });

const expectEnds = ({ ends }: Placed, expected: readonly string[]): void => {
  const others = [...ends].filter(([end]) => !expected.includes(end));
  if (others.length > 0)
    throw new Error(`orders ended otherwise: ${others.map(([end, n]) => `${n} ${end}`).join(', ')}`);
};

/** Clients that each place one order after the other. */
const under = (
  about: string,
  { orders, clients }: { orders: number; clients: number },
  planOf: (run: Run) => (index: number) => OrderPlan = ({ productIds }) => spread(productIds),
  ends: readonly string[] = ['awaiting-payment'],
): Scenario => ({
  about,
  run: async (run) => {
    const { system } = run;
    const work = () => closedLoop({ gateway: system.gateway, orders, clients, planOf: planOf(run) });
    const { result, figures } = await costOf(system, orders, work);
    expectEnds(result, ends);
    return {
      'orders/s': Math.round(orders / result.seconds),
      ...times('placed', result.placedMs),
      ...times('POST', result.postMs),
      ...figures,
    };
  },
});

const unknownProduct = 999_999_999;

const secondsAway = 60;

/** Kills a process with SIGKILL while orders come; how long the longest of them took (s). */
const kills = async ({ system, productIds }: Run, name: string): Promise<number> => {
  const rate = 20;
  const load = openLoop({ gateway: system.gateway, orders: rate * 20, rate, planOf: spread(productIds) });
  await delay(5_000);
  process.kill(Number(system.pids()[name]), 'SIGKILL');
  const placed = await load;
  expectEnds(placed, ['awaiting-payment']);
  return Number((Math.max(...placed.placedMs) / 1_000).toFixed(2));
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  peak: under('512 clients', { orders: 12_000, clients: 512 }),
  load: under('128 clients', { orders: 8_000, clients: 128 }),
  hot: under('512 clients, all for one product', { orders: 12_000, clients: 512 }, ({ productIds }) =>
    spread(productIds.slice(0, 1)),
  ),
  mixed: under(
    '512 clients; 20 % of the orders are refused, 5 % cancelled',
    { orders: 12_000, clients: 512 },
    ({ productIds }) =>
      (index) => ({
        productId: index % 5 === 0 ? unknownProduct : (productIds[index % productIds.length] as number),
        cancels: index % 20 === 1,
      }),
    ['awaiting-payment', 'cancelled', 'cancelling'],
  ),
  rest: {
    about: '10 orders a second, whether those before are placed or not',
    run: async ({ system, productIds }) => {
      const placed = await openLoop({ gateway: system.gateway, orders: 300, rate: 10, planOf: spread(productIds) });
      expectEnds(placed, ['awaiting-payment']);
      return { ...times('placed', placed.placedMs), ...times('POST', placed.postMs) };
    },
  },
  counts: {
    about: 'one client: each order alone, so that what it takes does not depend on the speed of the machine',
    run: async ({ system, productIds }) => {
      const orders = 300;
      const work = () => closedLoop({ gateway: system.gateway, orders, clients: 1, planOf: spread(productIds) });
      const { result, figures } = await costOf(system, orders, work);
      expectEnds(result, ['awaiting-payment']);
      return figures;
    },
  },
  outage: {
    about: `stock stands still for ${secondsAway} s while 1,000 orders come; how long after that the last of them is placed`,
    run: async ({ system, productIds }) => {
      const stock = Number(system.pids().stock);
      process.kill(stock, 'SIGSTOP');
      const stopped = performance.now();
      const load = closedLoop({ gateway: system.gateway, orders: 1_000, clients: 1_000, planOf: spread(productIds) });
      await delay(secondsAway * 1_000 - (performance.now() - stopped));
      process.kill(stock, 'SIGCONT');
      const back = performance.now();
      // A long poll ends after a minute, whether the order is placed or not: the rest is waited for in the database.
      await load;
      await settle(system);
      return { 'last placed after s': Number(((performance.now() - back) / 1_000).toFixed(2)) };
    },
  },
  failover: {
    about: '20 orders a second while stock, then the relay, is killed and started again: the longest wait for an order',
    run: async (run) => ({
      'stock killed, longest s': await kills(run, 'stock'),
      'relay killed, longest s': await kills(run, 'relay'),
    }),
  },
  idle: {
    about: 'no orders for 20 s',
    run: ({ system }) => restOf(system, 20),
  },
  disk: {
    about: 'what 10,000 orders leave on the disk',
    run: async ({ system, productIds }) => {
      const before = diskOf(system);
      await closedLoop({ gateway: system.gateway, orders: 10_000, clients: 256, planOf: spread(productIds) });
      const after = diskOf(system);
      const mb = (bytes: number) => Number((bytes / 1_048_576).toFixed(1));
      return { 'data MB': mb(after.data - before.data), 'logs MB': mb(after.logs - before.logs) };
    },
  },
  start: {
    about: 'npm start on a data folder that was used before, until it is ready',
    run: async ({ system }) => {
      const other = await startSystem(system.version);
      await other.stop();
      const again = await startSystem(system.version, other.dir);
      await again.stop();
      removeData(again);
      return { 'ready after s': again.startedIn };
    },
  },
};
