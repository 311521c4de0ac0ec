import { performance } from 'node:perf_hooks';
import type { Pool } from '@quadrille/db/connect';
import { findInserted } from '@quadrille/db/outbox-progress';
import { common, difference, type Progress, type Range, without } from '@quadrille/db/progress';

/** How long (ms) a number must have been missing before it is asked for. */
const patience = 600_000;

/**
 * Gives up numbers that no row will ever have: their transaction was rolled back. A row of an open transaction, however old, is in the
 * table already and a dirty read sees it; so a number that was missing for ten minutes and is not there either can only belong to an INSERT
 * statement that has stood still for ten minutes between taking its numbers and writing its rows (docs/adr/0010).
 * @returns the progress without them; null: nothing to give up now
 */
export const createMissingNumbers = (
  pool: Pool,
  after = patience,
): ((progress: Progress) => Promise<Progress | null>) => {
  let watched: { readonly ranges: readonly Range[]; readonly since: number } | null = null;
  return async (progress) => {
    if (progress.missing.length === 0) {
      watched = null;
      return null;
    }
    watched ??= { ranges: progress.missing, since: performance.now() };
    if (performance.now() - watched.since < after) return null;
    const aged = common(watched.ranges, progress.missing);
    const gone = aged.length === 0 ? [] : without(aged, await findInserted(pool, aged));
    const missing = difference(progress.missing, gone);
    watched = { ranges: missing, since: performance.now() };
    return gone.length === 0 ? null : { ...progress, missing };
  };
};
