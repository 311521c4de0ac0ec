import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '@quadrille/client';
import { asAdmin } from '@quadrille/db/grants';
import { verify } from '@quadrille/ops/verify/verify';
import { createLog } from '@quadrille/process/log';
import { randomFrom } from '@quadrille/simulate/random';
import { brokerCounts } from '@quadrille/stack/kafka-cluster';
import { versions } from '@quadrille/stack/versions';
import { type History, newHistory, startCustomers } from './customers.ts';
import { startDuplicates } from './duplicates.ts';
import { faultsOf, leastFaults, topicMadeAgainKind } from './faults.ts';
import { discardForeign } from './foreign.ts';
import { type Readiness, watchReadiness } from './readiness.ts';
import { type Report, toMarkdown } from './report.ts';
import { type System, startSystem } from './system.ts';
import { bringBack } from './topic-faults.ts';
import { compareWithKafka, countEnds, countOpen, judge } from './verdict.ts';

const help = `npm run chaos -- [options]   the real stack under load and faults, and then the audit

  --minutes M    how long faults are injected (2)
  --seed S       draws the faults and what customers do (today's date)
  --brokers B    how many brokers Kafka has: 1 or 3 (1)
  --customers C  customers at once (12)
  --report FILE  writes the report as Markdown, too
  --keep         keeps the logs and what customers were told, and says where; so it does when a promise was broken

Ends with 1 when a promise was broken.
`;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') },
      customers: { type: 'string', default: '12' },
      brokers: { type: 'string', default: '1' },
      report: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'minutes' | 'seed' | 'customers') => {
    const value = Number(values[name]);
    if (!(value >= 0)) throw new Error(`--${name} takes a number, not ${values[name]}`);
    return value;
  };
  const brokers = brokerCounts.find((count) => String(count) === values.brokers);
  if (!brokers) throw new Error(`--brokers takes ${brokerCounts.join(' or ')}, not ${values.brokers}`);
  const { report, keep, help } = values;
  return {
    ...{ minutes: number('minutes'), seed: number('seed'), customers: number('customers') },
    ...{ brokers, report, keep, help },
  };
};

/** Whether the system has got over it: a new order goes through. Resolves with the ms it took. */
const recover = async (gateway: string, history: History): Promise<number> => {
  const client = createClient({ baseUrl: gateway });
  const started = performance.now();
  const order = { userId: 8, productId: 2, amount: 2200, productCount: 1, couponId: 0 };
  const idempotencyKey = `probe-${started}`;
  const { orderId } = await client.submitAndWait(order, { timeout: 300_000, idempotencyKey });
  history.accepted.set(idempotencyKey, orderId);
  return performance.now() - started;
};

const insertGoods = (mysqlUrl: string) =>
  asAdmin(mysqlUrl, async (admin) => {
    await admin.query('UPDATE eshop_stock.products SET available = 1000000');
    await admin.query('INSERT INTO eshop_stock.products VALUES (3, 1100, 50, 0, 0)');
    const coupons = Array.from({ length: 2_000 }, (_, index) => [1000 + index, 7, 100, 'unused', null, null]);
    await admin.query('INSERT INTO eshop_coupon.coupons VALUES ?', [coupons]);
  });

const injectUntil = async (
  end: number,
  system: System,
  options: { seed: number; history: History; readiness: Readiness; log: (line: string) => void },
) => {
  const { seed, history, readiness, log } = options;
  const random = randomFrom(seed);
  const quiet = createLog('chaos');
  quiet.level = 'silent';
  // With a chance of its own: how much it duplicates is not for the seed to say, and the faults are.
  const duplicates = await startDuplicates(system.brokers, randomFrom(seed + 2), quiet);
  const nextFault = faultsOf({ system, random, publishAgain: duplicates.publishAgain });
  const faults: Report['faults'] = [];
  try {
    for (let round = 0; round < leastFaults(system) || performance.now() < end; round++) {
      await sleep(random.between(500, 4_000));
      const fault = nextFault();
      // Trouble seldom comes alone.
      const second = random.next() < 0.25 ? nextFault() : null;
      for (const { kind, on } of [fault, ...(second ? [second] : [])]) log(`${kind}: ${on}`);
      await Promise.all([fault.inject(), second?.inject()]);
      const over = performance.now();
      const recoveredMs = await recover(system.gateway, history);
      readiness.orderWentThrough(over);
      for (const { kind, on } of [fault, ...(second ? [second] : [])]) faults.push({ kind, on, recoveredMs });
      log(`  an order goes through again, ${(recoveredMs / 1000).toFixed(1)} s after it`);
    }
  } finally {
    await duplicates.stop();
  }
  return faults;
};

const asObject = (_key: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);

/** All faults over: everything has to come to its end by itself. */
const settle = async (mysqlUrl: string, log: (line: string) => void): Promise<boolean> => {
  const patience = performance.now() + 240_000;
  for (let open = await countOpen(mysqlUrl); open > 0; open = await countOpen(mysqlUrl)) {
    if (performance.now() > patience) return false;
    log(`  ${open} orders and payments have not ended yet`);
    await sleep(5_000);
  }
  // The last events are on their way to those who need do nothing about them.
  await sleep(3_000);
  return true;
};

const run = async (options: ReturnType<typeof readOptions>, dir: string): Promise<Report> => {
  const started = performance.now();
  const log = (line: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  const system = await startSystem(dir, options.brokers, log);
  try {
    await insertGoods(system.mysqlUrl);
    // So that it knows how many goods there are before the first is sold.
    await verify(system.cluster, { patience: 0 });
    const history: History = newHistory();
    const { gateway, mysqlUrl, cluster } = system;
    const customers = startCustomers({
      gateway,
      customers: options.customers,
      random: randomFrom(options.seed + 1),
      history,
    });
    const readiness = watchReadiness(system);
    const end = performance.now() + options.minutes * 60_000;
    const faults = await injectUntil(end, system, { seed: options.seed, history, readiness, log });
    log('No more faults; customers finish');
    await customers.stop();
    if (faults.some(({ kind }) => kind === topicMadeAgainKind))
      log(`reconcile brings back ${await bringBack(cluster)} events of topics that were made again`);
    const settled = await settle(mysqlUrl, log);
    const wronglyReady = await readiness.end();
    writeFileSync(join(dir, 'history.json'), JSON.stringify(history, asObject, 2));
    const orderIds = new Set(history.accepted.values());
    const { discarded, wrong } = await discardForeign(cluster, (id) => orderIds.has(id));
    const inKafka = await compareWithKafka(cluster, !faults.some(({ kind }) => kind === topicMadeAgainKind));
    const judged = await judge(mysqlUrl, cluster, history);
    const violations = [...wrong, ...judged, ...inKafka.violations, ...wronglyReady];
    const [version] = await asAdmin(
      mysqlUrl,
      async (admin) => (await admin.query('SELECT VERSION() AS v'))[0] as { v: string }[],
    );
    return {
      seed: options.seed,
      minutes: options.minutes,
      brokers: options.brokers,
      compared: inKafka.compared,
      discarded,
      accepted: history.accepted.size,
      ends: await countEnds(mysqlUrl),
      faults,
      settled,
      violations,
      versions: { node: process.version, database: version?.v ?? 'unknown', kafka: versions.kafka },
    };
  } finally {
    await system.stop();
  }
};

const main = async (): Promise<number> => {
  const options = readOptions();
  if (options.help) {
    console.log(help);
    return 0;
  }
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-chaos-'));
  const report = await run(options, dir);
  const text = toMarkdown(report);
  console.log(`\n${text}`);
  if (options.report) writeFileSync(options.report, text);
  const held = report.settled && report.violations.length === 0;
  if (options.keep || !held) console.log(`The logs and what customers were told (history.json) are in ${dir}`);
  else rmSync(dir, { recursive: true, force: true });
  return held ? 0 : 1;
};

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`chaos: ${error.stack}`);
    process.exit(1);
  },
);
