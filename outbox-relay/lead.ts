import { performance } from 'node:perf_hooks';
import type { OutboxRow } from '@quadrille/db/outbox';
import { type OutboxRefusal, readParkedOrders, readReleased, recordReleased } from '@quadrille/db/outbox-parked';
import { readUnpublished, recordProgress, takeUpProgress } from '@quadrille/db/outbox-progress';
import { advance, type Progress } from '@quadrille/db/progress';
import type { Leadership } from './leader.ts';
import { createSettler } from './missing.ts';
import type { RelayOptions } from './options.ts';
import { createProbe } from './probe.ts';
import { publishOrPark } from './publish.ts';

/** Rows read, published and marked together. */
export const batchLimit = 1_000;
/** Between two looks for parked rows that were released (ms); only while there are parked ones. */
const releasedEvery = 1_000;
/** More orders than these with rows that Kafka refuses: that is a broken release or a broken broker, not broken rows. */
const mostParkedOrders = 100;

/** The work of the relay that leads a database. Each step is right after any crash: what was published and not recorded is published again. */
export type Leader = {
  readonly progress: () => Progress;
  /** One batch. @returns how many rows it dealt with */
  readonly relayBatch: () => Promise<number>;
};

export const takeUpLead = async (options: RelayOptions, { lease, holds }: Leadership): Promise<Leader> => {
  const { pool, publisher, meter, log } = options;
  const { renumbered, ...start } = await takeUpProgress(pool, lease);
  if (renumbered) log.warn('the outbox was emptied or restored by hand; publishing again what is in it');
  let progress: Progress = start;
  let parkedOrders = await readParkedOrders(pool);
  let lookAgainAt = 0;
  const settle = createSettler(pool);
  const publish = (rows: readonly OutboxRow[], behind: ReadonlySet<string>) =>
    publishOrPark(publisher, rows, behind, () => {
      if (!holds()) throw new Error('the lease runs out');
    });
  const report = (parked: readonly OutboxRefusal[]) => {
    for (const { seq, correlationId, cause } of parked) {
      if (cause === null) log.info({ seq, orderId: correlationId }, 'parked behind a refused event of its order');
      else
        log.error(
          { seq, orderId: correlationId, cause },
          'Kafka refuses this event for good; it is parked, and with it what its order says next',
        );
    }
    meter.refused(parked.filter(({ cause }) => cause !== null).length);
  };
  const record = async (next: Progress, parked: readonly OutboxRefusal[] = []) => {
    if (!(await recordProgress(pool, lease, next, parked))) throw new Error('the lease went to another relay');
    progress = next;
  };

  const tooMany = () => parkedOrders.size > mostParkedOrders;
  const probe = createProbe({ pool, lease, publish, waits: !tooMany(), every: options.probeEvery, log });

  /** Parked rows whose cause is mended, or that wait behind nothing any more. @returns how many */
  const relayReleased = async (): Promise<number> => {
    if (parkedOrders.size === 0) return 0;
    if (await probe()) lookAgainAt = 0;
    if (performance.now() < lookAgainAt) return 0;
    const rows = await readReleased(pool, batchLimit);
    if (rows.length > 0) {
      const { published, parked } = await publish(rows, new Set());
      const refused = parked.filter(({ cause }) => cause !== null);
      const seqs = published.map(({ seq }) => seq);
      if (!(await recordReleased(pool, lease, seqs, refused))) throw new Error('the lease went to another relay');
      report(refused);
      meter.published(seqs.length);
      log.info({ events: seqs.length }, 'published what was parked');
    }
    parkedOrders = await readParkedOrders(pool);
    lookAgainAt = rows.length === batchLimit ? 0 : performance.now() + releasedEvery;
    return rows.length;
  };

  return {
    progress: () => progress,
    relayBatch: async () => {
      const released = await relayReleased();
      if (released === batchLimit) return released;
      if (tooMany())
        throw new Error(
          `${parkedOrders.size} orders have events that Kafka refuses: mend the cause (quadrille refused list names it), and they go out by themselves; or discard them`,
        );
      const settled = await settle(progress);
      if (settled) await record(settled);
      const rows = await readUnpublished(pool, progress, batchLimit);
      if (rows.length === 0 || !holds()) return 0;
      const { published, parked } = await publish(rows, parkedOrders);
      await record(
        advance(
          progress,
          rows.map(({ seq }) => seq),
        ),
        parked,
      );
      report(parked);
      for (const { correlationId } of parked) parkedOrders.add(correlationId);
      meter.published(published.length);
      log.debug({ events: published.length }, 'published');
      return rows.length;
    },
  };
};
