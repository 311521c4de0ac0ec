import { performance } from 'node:perf_hooks';
import type { Pool } from '@quadrille/db/connect';
import type { Lease } from '@quadrille/db/lease';
import type { OutboxRow } from '@quadrille/db/outbox';
import { readOneOfEachCause, recordReleased, releaseWithCause } from '@quadrille/db/outbox-parked';
import type { Log } from '@quadrille/process/log';
import type { Published } from './publish.ts';

/** Between two tries (ms). */
const probeEvery = 60_000;
/** Causes tried at a time. */
const mostCauses = 10;

/**
 * Publishes one refused row of each cause again from time to time. When Kafka takes it, the cause is gone: all rows with the same cause are
 * released, and nobody has to do it by hand (C2). One that is refused again stays where it is, with one more attempt.
 * @param waits false: the first try is made at once
 * @returns whether anything was taken, asked before each batch
 */
export const createProbe = (options: {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly publish: (rows: readonly OutboxRow[], behind: ReadonlySet<string>) => Promise<Published>;
  readonly waits: boolean;
  readonly every: number | undefined;
  readonly log: Log;
}): (() => Promise<boolean>) => {
  const { pool, lease, publish, waits, every = probeEvery, log } = options;
  let nextAt = performance.now() + (waits ? every : 0);
  return async () => {
    if (performance.now() < nextAt) return false;
    nextAt = performance.now() + every;
    let taken = false;
    for (const { cause, ...row } of await readOneOfEachCause(pool, mostCauses)) {
      const { published, parked } = await publish([row], new Set());
      const seqs = published.map(({ seq }) => seq);
      if (!(await recordReleased(pool, lease, seqs, parked))) throw new Error('the lease went to another relay');
      if (seqs.length === 0) continue;
      taken = true;
      const why = `Kafka takes event ${row.seq} now, which it refused for the same cause`;
      const events = await releaseWithCause(pool, cause, { by: 'relay', why });
      log.info({ seq: row.seq, events, cause }, 'Kafka takes what it refused; all with the same cause are released');
    }
    return taken;
  };
};
