import { setTimeout as delay } from 'node:timers/promises';
import type { PoolConnection } from 'mysql2/promise';
import { type Pool, retire } from './connect.ts';
import { isReadOnly, isUnavailable } from './errors.ts';

/** An answer holds for so long (ms): a probe asks as often as it likes. */
const holds = 1_000;
/** A database that takes longer (ms) to answer is no good to anybody now. */
const patience = 1_000;

/**
 * Whether a database takes writes now, for `/ready`. It asks by a statement that would write and finds nothing to write, so that all that
 * stands in the way of a real one stands in its way, too: a server that is away or frozen, read-only by whichever setting, or a missing right.
 * @returns why not, in a few words; null: it does
 */
export const createWriteCheck = (pool: Pool): (() => Promise<string | null>) => {
  let latest: { readonly answer: Promise<string | null>; readonly until: number } | null = null;
  return () => {
    const now = performance.now();
    if (latest === null || now >= latest.until) latest = { answer: check(pool), until: now + holds };
    return latest.answer;
  };
};

const check = async (pool: Pool): Promise<string | null> => {
  const ending = new AbortController();
  const overdue = delay(patience, 'overdue' as const, { signal: ending.signal }).catch(() => null);
  let asked: PoolConnection | undefined;
  const write = async () => {
    asked = await pool.getConnection();
    try {
      await asked.query("DELETE FROM inbox WHERE event_id = ''");
      asked.release();
      return null;
    } catch (error) {
      asked.destroy();
      throw error;
    }
  };
  const writing = write();
  try {
    if ((await Promise.race([writing, overdue])) !== 'overdue') return null;
    // Nobody else shall get it.
    asked?.destroy();
    writing.catch(() => {});
    return 'the database does not answer';
  } catch (error) {
    if (isReadOnly(error)) {
      retire(pool);
      return 'the database is read-only';
    }
    if (isUnavailable(error)) return 'the database is away';
    return `the database refuses to write: ${error instanceof Error && 'code' in error ? error.code : error}`;
  } finally {
    ending.abort();
  }
};
