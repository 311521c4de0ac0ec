import { performance } from 'node:perf_hooks';
import type { OutboxRow } from '@quadrille/db/outbox';
import { type OutboxRefusal, readParkedOrders, readRetried, recordRetried } from '@quadrille/db/outbox-parked';
import { readUnpublished, recordProgress, takeUpProgress } from '@quadrille/db/outbox-progress';
import { advance, type Progress } from '@quadrille/db/progress';
import type { HeldLease } from './lease-holder.ts';
import { createMissingNumbers } from './missing-numbers.ts';
import type { RelayOptions } from './options.ts';
import { publishOrPark } from './publish.ts';
import { recordSends } from './spans.ts';
import { createRetries } from './unpublishable.ts';

/** Rows read, published and marked together. */
export const batchLimit = 1_000;
/** Between two looks for parked rows that are to be retried (ms); only while there are parked ones. */
const retriedEvery = 1_000;
/**
 * The relay records what it has published after the batch that ends so late (ms), or earlier when it finds nothing more. So no event waits for
 * that commit, and one commit covers many batches. What a crash leaves unrecorded is published again.
 */
const recordAfter = 50;
/** When more orders than these have unpublishable events, the software or the broker is broken, not the events. */
const mostParkedOrders = 100;

/** Publishes one outbox under a lease. After a crash at any step, what was published and not recorded is published again. */
export type OutboxPublisher = {
  /** As it is recorded. */
  readonly progress: () => Progress;
  /** One batch. @returns how many rows it dealt with */
  readonly relayBatch: () => Promise<number>;
  /** Records what was published. @throws when the lease went to another relay, or the database does not answer */
  readonly recordPublished: () => Promise<void>;
};

export const openOutbox = async (options: RelayOptions, { lease, holds }: HeldLease): Promise<OutboxPublisher> => {
  const { pool, publisher, meter, log } = options;
  const { renumbered, ...start } = await takeUpProgress(pool, lease);
  if (renumbered) log.warn('the outbox was emptied or restored by hand; publishing again what is in it');
  let progress: Progress = start;
  let recorded: Progress = start;
  /** Since when something is published that is not recorded. */
  let unrecordedSince: number | null = null;
  let parkedOrders = await readParkedOrders(pool);
  let lookAgainAt = 0;
  const giveUpMissing = createMissingNumbers(pool);
  const publish = (rows: readonly OutboxRow[], behind: ReadonlySet<string>) =>
    recordSends(rows, () =>
      publishOrPark(publisher, rows, behind, () => {
        if (!holds()) throw new Error('the lease runs out');
      }),
    );
  const report = (parked: readonly OutboxRefusal[]) => {
    for (const { seq, correlationId, cause } of parked) {
      if (cause === null)
        log.info({ seq, orderId: correlationId }, 'blocked behind an unpublishable event of its order');
      else
        log.error(
          { seq, orderId: correlationId, cause },
          'Kafka refuses this event for good: it is unpublishable, and blocks the later events of its order',
        );
    }
    meter.refused(parked.filter(({ cause }) => cause !== null).length);
  };
  const record = async (next: Progress, parked: readonly OutboxRefusal[] = []) => {
    if (!(await recordProgress(pool, lease, next, parked))) throw new Error('the lease went to another relay');
    progress = next;
    recorded = next;
    unrecordedSince = null;
  };
  const recordPublished = async () => {
    if (unrecordedSince !== null) await record(progress);
  };

  const tooMany = () => parkedOrders.size > mostParkedOrders;
  const retryUnpublishable = createRetries({ pool, lease, publish, waits: !tooMany(), every: options.retryEvery, log });

  /** Unpublishable events whose cause is gone, and those that nothing blocks any more. @returns how many */
  const publishRetried = async (): Promise<number> => {
    if (parkedOrders.size === 0) return 0;
    if (await retryUnpublishable()) lookAgainAt = 0;
    if (performance.now() < lookAgainAt) return 0;
    const rows = await readRetried(pool, batchLimit);
    if (rows.length > 0) {
      const began = performance.now();
      const { published, parked } = await publish(rows, new Set());
      const tookMs = performance.now() - began;
      const refused = parked.filter(({ cause }) => cause !== null);
      const seqs = published.map(({ seq }) => seq);
      if (!(await recordRetried(pool, lease, seqs, refused))) throw new Error('the lease went to another relay');
      report(refused);
      meter.published(seqs.length, tookMs);
      log.info({ events: seqs.length }, 'published events that were unpublishable or blocked');
    }
    parkedOrders = await readParkedOrders(pool);
    lookAgainAt = rows.length === batchLimit ? 0 : performance.now() + retriedEvery;
    return rows.length;
  };

  return {
    progress: () => recorded,
    recordPublished,
    relayBatch: async () => {
      const released = await publishRetried();
      if (released === batchLimit) return released;
      if (tooMany())
        throw new Error(
          `${parkedOrders.size} orders have events that Kafka refuses: remove the cause (quadrille unpublishable list names it), and they are published by themselves; or discard them`,
        );
      const withoutMissing = await giveUpMissing(progress);
      if (withoutMissing) await record(withoutMissing);
      const rows = await readUnpublished(pool, progress, batchLimit);
      if (!holds()) return 0;
      if (rows.length === 0) {
        await recordPublished();
        return 0;
      }
      const began = performance.now();
      const { published, parked } = await publish(rows, parkedOrders);
      const tookMs = performance.now() - began;
      progress = advance(
        progress,
        rows.map(({ seq }) => seq),
      );
      unrecordedSince ??= performance.now();
      if (parked.length > 0 || performance.now() - unrecordedSince >= recordAfter) await record(progress, parked);
      report(parked);
      for (const { correlationId } of parked) parkedOrders.add(correlationId);
      meter.published(published.length, tookMs);
      log.debug({ events: published.length }, 'published');
      return rows.length;
    },
  };
};
