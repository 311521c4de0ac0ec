import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkBooks, countUnsettled } from '@quadrille/stack/books';
import { type Stack, startStack } from '@quadrille/stack/stack';
import { plantProducts, readDurability, readWork } from './database.ts';
import { type LoadResult, placeOrders, quantile } from './load.ts';
import { cpuMs, memoryMb } from './processes.ts';

const help = `npm run bench -- [options]   places orders through the gateway of a stack of its own and measures

  --orders N     orders to place (15000)
  --clients C    clients at once, each placing one order after the other (512)
  --products P   products that the orders are spread over (1000); 1 is one hot product
  --warmup W     orders placed before, not counted (6000)
  --json FILE    writes the figures as JSON, too
`;

const price = 1100;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      orders: { type: 'string', default: '15000' },
      clients: { type: 'string', default: '512' },
      products: { type: 'string', default: '1000' },
      warmup: { type: 'string', default: '6000' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'orders' | 'clients' | 'products' | 'warmup', least: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > 10_000_000)
      throw new Error(`--${name} takes a whole number from ${least} up, not ${values[name]}`);
    return value;
  };
  return {
    orders: whole('orders', 1),
    clients: whole('clients', 1),
    products: whole('products', 1),
    warmup: whole('warmup', 0),
    json: values.json,
    help: values.help,
  };
};

/** All whose CPU counts: our six, the broker, the database; the load generator is this process. */
const pidsOf = (stack: Stack): [string, number][] => {
  const servers = stack.servers.own.map(({ name, pid }) => [name, pid()] as [string, number]);
  return [...[...stack.processes].map(([name, { pid }]) => [name, pid] as [string, number]), ...servers];
};

const readCpu = (stack: Stack): Map<string, number> => {
  const own = process.cpuUsage();
  return new Map([
    ...pidsOf(stack).map(([name, pid]) => [name, cpuMs(pid)] as const),
    ['load generator', (own.user + own.system) / 1000] as const,
  ]);
};

const progress = (total: number) => {
  const started = performance.now();
  let shown = 0;
  return (done: number) => {
    const now = performance.now();
    if (now - shown < (process.stdout.isTTY ? 200 : 5_000) && done < total) return;
    shown = now;
    const line = `  ${done} of ${total} placed, ${Math.round((done / (now - started)) * 1000)} orders/s`;
    process.stdout.write(process.stdout.isTTY ? `\r${line}   ${done >= total ? '\n' : ''}` : `${line}\n`);
  };
};

const settle = async (mysqlUrl: string) => {
  for (let left = await countUnsettled(mysqlUrl); left > 0; left = await countUnsettled(mysqlUrl)) await delay(100);
};

const measure = async (stack: Stack, options: ReturnType<typeof readOptions>) => {
  const productIds = await plantProducts(stack.mysqlUrl, options.products, price);
  const load = (orders: number, onProgress: (done: number) => void): Promise<LoadResult> =>
    placeOrders({ gateway: stack.urls.gateway, orders, clients: options.clients, productIds, price, onProgress });
  if (options.warmup > 0) {
    console.log(`Warming up with ${options.warmup} orders`);
    await load(options.warmup, progress(options.warmup));
    await settle(stack.mysqlUrl);
  }
  console.log(`Placing ${options.orders} orders with ${options.clients} clients on ${options.products} products`);
  const [workBefore, cpuBefore] = [await readWork(stack.mysqlUrl), readCpu(stack)];
  const result = await load(options.orders, progress(options.orders));
  await settle(stack.mysqlUrl);
  const [workAfter, cpuAfter] = [await readWork(stack.mysqlUrl), readCpu(stack)];

  const perOrder = (value: number) => Number((value / options.orders).toFixed(3));
  const cpu = Object.fromEntries([...cpuAfter].map(([name, ms]) => [name, perOrder(ms - (cpuBefore.get(name) ?? 0))]));
  const findings = await checkBooks(stack.mysqlUrl);
  const round = (value: number) => Number(value.toFixed(1));
  return {
    orders: options.orders,
    clients: options.clients,
    products: options.products,
    ordersPerSecond: Math.round(result.placed / result.seconds),
    p50Ms: round(quantile(result.placedMs, 0.5)),
    p99Ms: round(quantile(result.placedMs, 0.99)),
    postP50Ms: round(quantile(result.postMs, 0.5)),
    postP99Ms: round(quantile(result.postMs, 0.99)),
    cpuMsPerOrder: Number(
      Object.values(cpu)
        .reduce((sum, ms) => sum + ms, 0)
        .toFixed(3),
    ),
    cpuMsPerOrderBy: cpu,
    commitsPerOrder: perOrder(workAfter.commits - workBefore.commits),
    statementsPerOrder: perOrder(workAfter.statements - workBefore.statements),
    memoryMb: Object.fromEntries(pidsOf(stack).map(([name, pid]) => [name, Math.round(memoryMb(pid))])),
    notPlaced: Object.fromEntries(result.failures),
    booksBalance: findings.length === 0,
    findings,
    database: await readDurability(stack.mysqlUrl),
    node: process.version,
  };
};

const main = async (): Promise<number> => {
  const options = readOptions();
  if (options.help) {
    console.log(help);
    return 0;
  }
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-bench-'));
  const stack = await startStack({ dir, ports: 'free', log: (line) => console.log(line) });
  try {
    const report = await measure(stack, options);
    console.log(report);
    if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    return report.booksBalance ? 0 : 1;
  } finally {
    await stack.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`bench: ${error.message}`);
    process.exit(1);
  },
);
