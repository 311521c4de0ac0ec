import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@quadrille/db/connect';
import { transact } from '@quadrille/db/transaction';
import type { Log } from '@quadrille/process/log';
import { select } from './tables.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** Charts go back a week. */
const minutesKept = 8 * day;
/** Orders in one step, and the rest after it (ms). */
const step = 500;
const rest = 50;

/** The least UUIDv7 of a moment: in a column of them a moment is a place. */
export const firstIdOf = (moment: Date): string => {
  const time = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
};

/**
 * Forgets orders that came to their end and were submitted longer ago than `retention` ms, with their events; and old minutes and unrecognized records.
 * @returns how many orders
 */
export const forget = async (pool: Pool, retention: number, signal?: AbortSignal): Promise<number> => {
  const [clock] = await select<{ now: Date }>(pool, 'SELECT UTC_TIMESTAMP(3) AS now');
  const now = clock?.now.getTime() ?? 0;
  const before = firstIdOf(new Date(now - retention));
  let forgotten = 0;
  for (let from = ''; !signal?.aborted; ) {
    const old = await select<{ id: string }>(
      pool,
      `SELECT order_id AS id FROM orders WHERE order_id > ? AND order_id < ? AND waits_since IS NULL ORDER BY order_id LIMIT ${step}`,
      [from, before],
    );
    const ids = old.map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) break;
    await transact(pool, async (tx) => {
      await tx.query('DELETE FROM events WHERE order_id IN (?)', [ids]);
      await tx.query('DELETE FROM orders WHERE order_id IN (?)', [ids]);
    });
    forgotten += ids.length;
    from = last;
    await delay(rest);
  }
  await pool.query('DELETE FROM minutes WHERE minute < ? LIMIT 10000', [new Date(now - minutesKept)]);
  await pool.query('DELETE FROM strays WHERE seen_at < ? LIMIT 10000', [new Date(now - retention)]);
  return forgotten;
};

/** Once an hour, and at the start. */
export const startForgetting = (pool: Pool, retention: number, log: Log): { stop: () => Promise<void> } => {
  const stopping = new AbortController();
  const sweep = async () => {
    try {
      const orders = await forget(pool, retention, stopping.signal);
      if (orders > 0) log.info({ orders }, 'old orders forgotten');
    } catch (error) {
      log.warn({ err: error }, 'old orders could not be forgotten; the next round makes it good');
    }
  };
  let running = sweep();
  const timer = setInterval(() => {
    running = running.then(sweep);
  }, hour);
  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
};
