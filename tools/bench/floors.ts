import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { asAdmin } from '@quadrille/db/grants';
import type { Figures } from './measure.ts';
import type { System } from './system.ts';

const seconds = 2;

/** How often something is done in a second. */
const rateOf = async (work: () => Promise<void> | void): Promise<number> => {
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  for (; performance.now() < end; count++) await work();
  return Math.round(count / seconds);
};

/** What no version can beat on this machine now: syncs of a file, and commits of one connection. */
export const measureFloors = async ({ dir, mysqlUrl }: System): Promise<Figures> => {
  const file = join(dir, 'floor');
  const fd = openSync(file, 'w');
  const syncs = await rateOf(() => {
    writeSync(fd, 'x'.repeat(512));
    fdatasyncSync(fd);
  });
  closeSync(fd);
  rmSync(file);
  const commits = await asAdmin(mysqlUrl, async (admin) => {
    await admin.query('CREATE DATABASE IF NOT EXISTS bench_floor');
    await admin.query('CREATE TABLE IF NOT EXISTS bench_floor.floor (id INT AUTO_INCREMENT PRIMARY KEY)');
    const rate = await rateOf(async () => void (await admin.query('INSERT INTO bench_floor.floor VALUES (NULL)')));
    await admin.query('DROP DATABASE bench_floor');
    return rate;
  });
  return { 'fdatasync/s': syncs, 'commits/s of one connection': commits };
};
