import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@quadrille/db/connect';
import { acquireLease, type Lease, leaseTtl, releaseLease, renewLease } from '@quadrille/db/lease';

const renewEvery = leaseTtl / 3;
/** Stop working this much before the end: a send begun now must not land after someone else took over (R5). */
const margin = 500;

export type HeldLease = {
  readonly lease: Lease;
  /** False once it cannot be sure any more that it is the only one: by its own monotonic clock, counted from before the last renewal. */
  readonly holds: () => boolean;
  /** Resolves when the lease is lost without `release`: the database is away, or was too slow. */
  readonly lost: Promise<void>;
  readonly release: () => Promise<void>;
};

/** Acquires a database's lease and renews it. @returns null while another relay holds it */
export const holdLease = async (pool: Pool, holder: string): Promise<HeldLease | null> => {
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
  const lost = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    if (performance.now() < end) return void renew();
    clearInterval(timer);
    lost.resolve();
  }, renewEvery);
  return {
    lease,
    holds: () => performance.now() < end,
    lost: lost.promise,
    release: async () => {
      clearInterval(timer);
      end = 0;
      // When it cannot be given back, it runs out.
      await Promise.race([releaseLease(pool, lease).catch(() => {}), delay(leaseTtl, undefined, { ref: false })]);
    },
  };
};
