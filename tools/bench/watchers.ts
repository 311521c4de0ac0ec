import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type ClientRequest, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Stack, startStack } from '@quadrille/stack/stack';
import { plantProducts, readWork } from './database.ts';
import { placeOrders, price } from './load.ts';
import { cpuMs, memoryMb } from './processes.ts';

const help = `npm run bench:watchers -- [options]   what clients that wait cost, while orders go through

  --watchers N   clients that wait, each for an order of its own (10000)
  --kind K       events (server-sent events) or wait (long polls) (events)
  --rate R       orders placed per second meanwhile (100)
  --seconds S    how long each phase is measured (30)
  --json FILE    writes the figures as JSON, too
`;

const wait = 60;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      watchers: { type: 'string', default: '10000' },
      kind: { type: 'string', default: 'events' },
      rate: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '30' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.kind !== 'events' && values.kind !== 'wait') throw new Error('--kind takes events or wait');
  const whole = (name: 'watchers' | 'rate' | 'seconds') => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 up`);
    return value;
  };
  const { kind, json, help } = values;
  return { kind, json, help, watchers: whole('watchers'), rate: whole('rate'), seconds: whole('seconds') };
};
type Options = ReturnType<typeof readOptions>;

/** Places orders evenly, each followed by a client until it is placed. */
const orderEvenly = async (gateway: string, productIds: readonly number[], { rate, seconds }: Options) => {
  const running: Promise<number>[] = [];
  for (let second = 0; second < seconds; second++) {
    const started = performance.now();
    for (let tenth = 0; tenth < 10; tenth++) {
      const orders = Math.round(rate / 10);
      const load = { gateway, orders, clients: orders, productIds };
      running.push(placeOrders(load).then(({ placed }) => placed));
      await delay(Math.max(0, started + (tenth + 1) * 100 - performance.now()));
    }
  }
  return (await Promise.all(running)).reduce((sum, placed) => sum + placed, 0);
};

/** What a phase costs, by the second and for each process of interest. */
const measurePhase = async (stack: Stack, run: () => Promise<number>) => {
  const pids = {
    gateway: pidOf(stack, 'gateway'),
    order: pidOf(stack, 'order'),
    database: stack.servers.own.find(({ name }) => name === 'database')?.pid(),
  };
  const cpu = () => Object.entries(pids).map(([name, pid]) => [name, pid ? cpuMs(pid) : 0] as const);
  const [cpuBefore, workBefore, started] = [new Map(cpu()), await readWork(stack.mysqlUrl), performance.now()];
  const placed = await run();
  const seconds = (performance.now() - started) / 1000;
  const workAfter = await readWork(stack.mysqlUrl);
  const perSecond = (value: number) => Math.round(value / seconds);
  return {
    ordersPlacedPerSecond: perSecond(placed),
    statementsPerSecond: perSecond(workAfter.statements - workBefore.statements),
    commitsPerSecond: perSecond(workAfter.commits - workBefore.commits),
    cpuMsPerSecond: Object.fromEntries(cpu().map(([name, ms]) => [name, perSecond(ms - (cpuBefore.get(name) ?? 0))])),
    memoryMb: Object.fromEntries(
      Object.entries(pids).map(([name, pid]) => [name, pid ? Math.round(memoryMb(pid)) : 0]),
    ),
  };
};

const pidOf = (stack: Stack, name: 'gateway' | 'order') => stack.processes.get(name)?.pid;

/** Keeps a client waiting for each order until told to stop. */
const startWatching = async (gateway: string, orderIds: readonly string[], kind: Options['kind']) => {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const open = new Map<string, ClientRequest>();
  let stopped = false;
  let failures = 0;
  const path = (id: string) =>
    kind === 'events' ? `/api/v1/orders/${id}/events` : `/api/v1/orders/${id}?wait=${wait}&until=final`;
  const watch = (id: string): Promise<void> =>
    new Promise((resolve) => {
      const again = () => (stopped ? undefined : void watch(id));
      const request = get(`${gateway}${path(id)}`, { agent }, (response) => {
        if (response.statusCode !== 200) failures++;
        response.resume();
        response.once('data', () => resolve());
        response.once('end', again);
      });
      if (kind === 'wait') request.once('socket', () => setTimeout(resolve, 200));
      request.once('error', () => {
        if (stopped) return;
        failures++;
        setTimeout(again, 1_000);
        resolve();
      });
      open.set(id, request);
    });
  for (let from = 0; from < orderIds.length; from += 500)
    await Promise.all(orderIds.slice(from, from + 500).map(watch));
  return {
    failures: () => failures,
    stop: () => {
      stopped = true;
      for (const request of open.values()) request.destroy();
      agent.destroy();
    },
  };
};

const measure = async (stack: Stack, options: Options) => {
  const { gateway } = stack.urls;
  const productIds = await plantProducts(stack.mysqlUrl, 100, price);
  console.log(`Placing ${options.watchers} orders to wait for`);
  const { placed, orderIds } = await placeOrders({
    gateway,
    orders: options.watchers,
    clients: 256,
    productIds,
  });
  if (placed !== options.watchers) throw new Error(`only ${placed} of ${options.watchers} orders were placed`);
  const run = () => orderEvenly(gateway, productIds, options);
  console.log(`${options.rate} orders/s for ${options.seconds} s with nobody waiting`);
  const alone = await measurePhase(stack, run);
  console.log(alone);
  console.log(`Opening ${options.watchers} connections`);
  const watching = await startWatching(gateway, orderIds, options.kind);
  const phases = [];
  for (const phase of [1, 2, 3]) {
    console.log(`${options.rate} orders/s for ${options.seconds} s with ${options.watchers} waiting, ${phase} of 3`);
    const costs = await measurePhase(stack, run);
    phases.push(costs);
    console.log(costs);
  }
  const failures = watching.failures();
  watching.stop();
  return { ...options, alone, watched: phases, failures };
};

const main = async (): Promise<void> => {
  const options = readOptions();
  if (options.help) return console.log(help);
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-watchers-'));
  const stack = await startStack({ dir, ports: 'free', log: (line) => console.log(line) });
  try {
    const report = await measure(stack, options);
    console.log(`${report.failures} of the waiting clients' calls failed`);
    if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await stack.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`bench:watchers: ${error.message}`);
    process.exit(1);
  },
);
