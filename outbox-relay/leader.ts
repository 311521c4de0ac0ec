import { performance } from 'node:perf_hooks';
import type { Pool } from '@quadrille/db/connect';
import { acquireLease, type Lease, releaseLease, renewLease } from '@quadrille/db/lease';

/** How long a relay that fell silent keeps others waiting (ms). */
export const leaseTtl = 3_000;
const renewEvery = leaseTtl / 3;
/** Stop working this much before the end: a send begun now must not land after someone else took over (R5). */
const margin = 500;

export type Leadership = {
  readonly lease: Lease;
  /** False once it cannot be sure any more that it is the only one: by its own monotonic clock, counted from before the last renewal. */
  readonly holds: () => boolean;
  readonly resign: () => Promise<void>;
};

/** Becomes the one active relay of a database. @returns null while another one is */
export const tryToLead = async (pool: Pool, holder: string): Promise<Leadership | null> => {
  const firstAskedAt = performance.now();
  const lease = await acquireLease(pool, holder, leaseTtl);
  if (!lease) return null;
  let end = firstAskedAt + leaseTtl - margin;
  const renew = async () => {
    // Its own: the next renewal may be asked for before this one is answered.
    const askedAt = performance.now();
    try {
      if (await renewLease(pool, lease, leaseTtl)) end = askedAt + leaseTtl - margin;
      else end = 0;
    } catch {
      // Unreachable: the lease runs out by itself, at `end`.
    }
  };
  const timer = setInterval(() => void renew(), renewEvery);
  return {
    lease,
    holds: () => performance.now() < end,
    resign: async () => {
      clearInterval(timer);
      end = 0;
      await releaseLease(pool, lease).catch(() => {});
    },
  };
};
