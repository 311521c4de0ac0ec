import { setTimeout as delay } from 'node:timers/promises';
import { cutOff, retire } from '@quadrille/db/connect';
import { isReadOnly } from '@quadrille/db/errors';
import { leaseTtl } from '@quadrille/db/lease';
import { keepHouse } from './housekeeping.ts';
import { batchLimit, takeUpLead } from './lead.ts';
import { type Leadership, tryToLead } from './leader.ts';
import { createMuteTeller } from './mute.ts';
import type { RelayOptions } from './options.ts';

/** The bell rings about this long (ms) before the rows it rings for can be read ... */
const ringToCommit = 1;
/** ... and sometimes longer: look again after so many ms, until something is found. */
const looksAfterRing = [2, 4, 8, 16];
/** What was found may belong to an earlier ring: look once more, if no other ring comes before. */
const looksAfterFind = [10];
/** Between two looks while the bell works, for what it may miss ... */
const pollAtMost = 1_000;
/** ... and while it does not. */
const pollAtLeast = 50;

/** A database that has not said within so long (ms) who leads is taken for away. */
const patience = 10_000;

/** Serves one database until aborted: waits to be its one active relay, then publishes its outbox whenever there is something new in it. */
export const relay = async (options: RelayOptions): Promise<void> => {
  const { pool, inspect, meter, log, signal } = options;
  let pause = 100;
  let inspected = false;
  while (!signal.aborted) {
    try {
      if (!inspected) await inspect();
      inspected = true;
      const leadership = await askToLead(options);
      if (leadership) {
        log.info({ epoch: leadership.lease.epoch }, 'leading');
        await leadWhileHeld(options, leadership);
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

const askToLead = async ({ pool, holder }: RelayOptions): Promise<Leadership | null> => {
  const asked = tryToLead(pool, holder);
  const ending = new AbortController();
  const overdue = delay(patience, 'overdue' as const, { signal: ending.signal }).catch(() => null);
  try {
    const answer = await Promise.race([asked, overdue]);
    if (answer !== 'overdue') return answer;
  } finally {
    ending.abort();
  }
  // An answer that comes all the same must not leave a leader behind that does not work.
  asked.then((leadership) => leadership?.resign()).catch(() => {});
  cutOff(pool);
  throw new Error(`the database did not answer within ${patience} ms`);
};

/** Leads until aborted or in trouble. A lease that could not be renewed ends it also while it waits for an answer of the database. */
const leadWhileHeld = async (options: RelayOptions, leadership: Leadership): Promise<void> => {
  const lost = leadership.lost.then(() => {
    cutOff(options.pool);
    throw new Error('the lease could not be renewed in time');
  });
  try {
    await Promise.race([lead(options, leadership), lost]);
  } finally {
    await leadership.resign();
  }
};

const lead = async (options: RelayOptions, leadership: Leadership): Promise<void> => {
  const { bell, publisher, meter, signal } = options;
  await publisher.connect();
  const { progress, relayBatch } = await takeUpLead(options, leadership);
  meter.state('leading');
  const tellMute = createMuteTeller(options);
  if (bell.works() && (await tellMute.bySettings())) bell.becomeMute();
  const ending = new AbortController();
  let renumbered = false;
  const house = keepHouse({
    ...options,
    lease: leadership.lease,
    progress,
    onRenumbered: () => {
      renumbered = true;
    },
    signal: AbortSignal.any([signal, ending.signal]),
  });
  try {
    let looks: readonly number[] = [];
    let waitedInVain = false;
    while (!signal.aborted && !renumbered && leadership.holds()) {
      const found = await relayBatch();
      if (found > 0 && waitedInVain && bell.foundUnrung()) await tellMute.byFinds();
      waitedInVain = false;
      if (found === batchLimit) continue;
      if (found > 0) looks = looksAfterFind;
      const [pause, ...later] = looks;
      const worked = bell.works();
      const rang = await bell.wait(pause ?? (worked ? pollAtMost : pollAtLeast));
      waitedInVain = worked && !rang && pause === undefined;
      looks = rang ? looksAfterRing : later;
      if (rang) await waitFor(ringToCommit, signal);
    }
  } finally {
    ending.abort();
    await house;
  }
};

const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {
    // Aborted: the loop sees it.
  });
