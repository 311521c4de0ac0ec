import { statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { asAdmin } from '@quadrille/db/grants';
import { readWork } from './database.ts';
import { cpuMs, memoryMb, recordBytes, sizeOfFolder } from './processes.ts';
import type { System } from './system.ts';

/** Figures of one run of one scenario, by name; the name says the unit. */
export type Figures = Readonly<Record<string, number>>;

/** Waits until no order moves and every outbox is published. Reads only what all versions have. */
export const settle = async ({ mysqlUrl }: System): Promise<void> => {
  const count = () =>
    asAdmin(mysqlUrl, async (admin) => {
      const [found] = await admin.query(
        "SELECT table_schema AS name FROM information_schema.tables WHERE table_name = 'relay_lease'",
      );
      const unpublished = (found as { name: string }[]).map(
        ({ name }) =>
          `(SELECT COUNT(*) FROM ${name}.outbox WHERE seq > (SELECT published_to FROM ${name}.relay_lease))`,
      );
      const moving =
        "(SELECT COUNT(*) FROM eshop_order.orders WHERE status NOT IN ('awaiting-payment', 'paid', 'cancelled'))";
      const [rows] = await admin.query(`SELECT ${[moving, ...unpublished].join(' + ')} AS n`);
      return Number((rows as { n: number }[])[0]?.n);
    });
  while ((await count()) > 0) await delay(100);
};

const readCpu = (system: System): Map<string, number> => {
  const own = process.cpuUsage();
  return new Map([
    ...Object.entries(system.pids()).map(([name, pid]) => [name, cpuMs(pid)] as const),
    ['load generator', (own.user + own.system) / 1_000] as const,
  ]);
};

const round = (value: number): number => Number(value.toPrecision(4));

/** What a run costs for each order: CPU by process, commits, statements, rows, bytes in Kafka; until the system is at rest again. */
export const costOf = async <Result>(
  system: System,
  orders: number,
  work: () => Promise<Result>,
): Promise<{ result: Result; figures: Figures }> => {
  const kafkaFolder = join(system.dir, 'kafka');
  const read = async () => ({
    ...(await readWork(system.mysqlUrl)),
    cpu: readCpu(system),
    bytes: recordBytes(kafkaFolder),
  });
  const before = await read();
  const result = await work();
  await settle(system);
  const after = await read();
  const perOrder = (name: 'commits' | 'statements' | 'rows' | 'bytes') => round((after[name] - before[name]) / orders);
  const spent = [...after.cpu].map(([name, ms]) => [name, (ms - (before.cpu.get(name) ?? 0)) / orders] as const);
  return {
    result,
    figures: {
      'CPU ms per order': round(spent.reduce((sum, [, ms]) => sum + ms, 0)),
      ...Object.fromEntries(spent.map(([name, ms]) => [`CPU ms per order: ${name}`, round(ms)])),
      'commits per order': perOrder('commits'),
      'statements per order': perOrder('statements'),
      'rows per order': perOrder('rows'),
      'Kafka bytes per order': perOrder('bytes'),
    },
  };
};

/** What a system at rest takes: CPU of all processes and servers (% of a core), memory (MB). */
export const restOf = async (system: System, seconds: number): Promise<Figures> => {
  const [before, started] = [readCpu(system), performance.now()];
  await delay(seconds * 1_000);
  const elapsed = performance.now() - started;
  const ofUs = [...readCpu(system)].filter(([name]) => name !== 'load generator');
  const spent = ofUs.reduce((sum, [name, ms]) => sum + ms - (before.get(name) ?? 0), 0);
  const memory = Object.entries(system.pids()).map(([name, pid]) => [name, memoryMb(pid)] as const);
  return {
    'CPU at rest, % of a core': round((100 * spent) / elapsed),
    ...Object.fromEntries(memory.map(([name, mb]) => [`memory MB: ${name}`, Math.round(mb)])),
  };
};

/** Bytes on the disk: of the database's files, and of logs. */
export const diskOf = ({ dir }: System): { readonly data: number; readonly logs: number } => ({
  data: sizeOfFolder(join(dir, 'mysql')) + sizeOfFolder(join(dir, 'kafka')),
  logs: sizeOfFolder(join(dir, 'logs')) + statSync(join(dir, 'start.log')).size,
});
