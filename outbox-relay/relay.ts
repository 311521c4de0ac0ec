import { setTimeout as delay } from 'node:timers/promises';
import { cutOff, retire } from '@quadrille/db/connect';
import { isReadOnly } from '@quadrille/db/errors';
import { leaseTtl } from '@quadrille/db/lease';
import { type HeldLease, holdLease } from './lease-holder.ts';
import { maintain } from './maintenance.ts';
import type { RelayOptions } from './options.ts';
import { batchLimit, openOutbox } from './outbox-publisher.ts';
import { createSilenceReport } from './wake-up.ts';

/** The binlog tells of rows about this long (ms) before they can be read ... */
const signalToCommit = 1;
/** ... and sometimes longer: look again after so many ms, until something is found. */
const looksAfterSignal = [2, 4, 8, 16];
/** What was found may belong to an earlier signal: look once more, if no other signal comes before. */
const looksAfterFind = [10];
/** Between two looks while the binlog is read, for what it may miss ... */
const pollAtMost = 1_000;
/** ... and while it is not. */
const pollAtLeast = 50;

/** A database that has not answered within so long (ms) counts as unreachable. */
const patience = 10_000;

/** Serves one database until aborted: waits for its lease, then publishes its outbox whenever there are new rows. */
export const relay = async (options: RelayOptions): Promise<void> => {
  const { pool, inspect, meter, log, signal } = options;
  let pause = 100;
  let inspected = false;
  while (!signal.aborted) {
    try {
      if (!inspected) await inspect();
      inspected = true;
      const held = await acquire(options);
      if (held) {
        log.info({ epoch: held.lease.epoch }, 'lease acquired');
        await publishWhileHeld(options, held);
        pause = 100;
      } else {
        meter.state('following');
        await waitFor(leaseTtl / 6, signal);
      }
    } catch (error) {
      // In new sessions: these may stay read-only when the server is not any more (C1).
      if (isReadOnly(error)) retire(pool);
      meter.state('failing', error instanceof Error ? error.message : String(error));
      meter.retried();
      log.warn({ err: error, retryIn: pause }, 'cannot relay; trying again');
      await waitFor(pause, signal);
      pause = Math.min(5_000, pause * 2);
    }
  }
};

const acquire = async ({ pool, holder }: RelayOptions): Promise<HeldLease | null> => {
  const asked = holdLease(pool, holder);
  const ending = new AbortController();
  const overdue = delay(patience, 'overdue' as const, { signal: ending.signal }).catch(() => null);
  try {
    const answer = await Promise.race([asked, overdue]);
    if (answer !== 'overdue') return answer;
  } finally {
    ending.abort();
  }
  // The lease may be ours all the same: give it back, or no relay publishes until it runs out.
  asked.then((held) => held?.release()).catch(() => {});
  cutOff(pool);
  throw new Error(`the database did not answer within ${patience} ms`);
};

/** Publishes until aborted or in trouble. When the lease could not be renewed, this ends even while it waits for an answer of the database. */
const publishWhileHeld = async (options: RelayOptions, held: HeldLease): Promise<void> => {
  const lost = held.lost.then(() => {
    cutOff(options.pool);
    throw new Error('the lease could not be renewed in time');
  });
  try {
    await Promise.race([publishLoop(options, held), lost]);
  } finally {
    await held.release();
  }
};

const publishLoop = async (options: RelayOptions, held: HeldLease): Promise<void> => {
  const { wakeUp, publisher, meter, signal } = options;
  await publisher.connect();
  const { progress, relayBatch, recordPublished } = await openOutbox(options, held);
  meter.state('leading');
  const reportSilence = createSilenceReport(options);
  if (wakeUp.isListening() && (await reportSilence.bySettings())) wakeUp.stopTrusting();
  const ending = new AbortController();
  let renumbered = false;
  const maintenance = maintain({
    ...options,
    lease: held.lease,
    progress,
    onRenumbered: () => {
      renumbered = true;
    },
    signal: AbortSignal.any([signal, ending.signal]),
  });
  try {
    let looks: readonly number[] = [];
    let waitedWithoutSignal = false;
    while (!signal.aborted && !renumbered && held.holds()) {
      const found = await relayBatch();
      if (found > 0 && waitedWithoutSignal && wakeUp.foundWithoutSignal()) await reportSilence.byFinds();
      waitedWithoutSignal = false;
      if (found === batchLimit) continue;
      if (found > 0) looks = looksAfterFind;
      const [pause, ...later] = looks;
      const listening = wakeUp.isListening();
      const woken = await wakeUp.wait(pause ?? (listening ? pollAtMost : pollAtLeast));
      waitedWithoutSignal = listening && !woken && pause === undefined;
      looks = woken ? looksAfterSignal : later;
      if (woken) await waitFor(signalToCommit, signal);
    }
    if (!renumbered && held.holds()) await recordPublished();
  } finally {
    ending.abort();
    await maintenance;
  }
};

const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {
    // Aborted: the loop sees it.
  });
