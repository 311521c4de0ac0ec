import { performance } from 'node:perf_hooks';
import type { Pool } from '@quadrille/db/connect';
import type { Lease } from '@quadrille/db/lease';
import type { OutboxRow } from '@quadrille/db/outbox';
import { readOneOfEachCause, recordRetried, retryWithCause } from '@quadrille/db/outbox-parked';
import type { Log } from '@quadrille/process/log';
import type { Published } from './publish.ts';

/** Between two tries (ms). */
const retryEvery = 60_000;
/** Causes tried at a time. */
const mostCauses = 10;

/**
 * From time to time, publishes one unpublishable event of each cause again. When Kafka takes it, the cause is gone: all events with the same
 * cause are retried, and no operator has to do it (C2). One that is refused again stays where it is, with one more attempt.
 * @param waits false: the first try is made at once
 * @returns whether anything was taken, asked before each batch
 */
export const createRetries = (options: {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly publish: (rows: readonly OutboxRow[], behind: ReadonlySet<string>) => Promise<Published>;
  readonly waits: boolean;
  readonly every: number | undefined;
  readonly log: Log;
}): (() => Promise<boolean>) => {
  const { pool, lease, publish, waits, every = retryEvery, log } = options;
  let nextAt = performance.now() + (waits ? every : 0);
  return async () => {
    if (performance.now() < nextAt) return false;
    nextAt = performance.now() + every;
    let taken = false;
    for (const { cause, ...row } of await readOneOfEachCause(pool, mostCauses)) {
      const { published, parked } = await publish([row], new Set());
      const seqs = published.map(({ seq }) => seq);
      if (!(await recordRetried(pool, lease, seqs, parked))) throw new Error('the lease went to another relay');
      if (seqs.length === 0) continue;
      taken = true;
      const why = `Kafka takes event ${row.seq} now, which it refused for the same cause`;
      const events = await retryWithCause(pool, cause, { by: 'relay', why });
      log.info(
        { seq: row.seq, events, cause },
        'Kafka takes what it refused; all events with the same cause are retried',
      );
    }
    return taken;
  };
};
