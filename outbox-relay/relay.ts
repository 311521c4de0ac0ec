import { setTimeout as delay } from 'node:timers/promises';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Pool } from '@quadrille/db/connect';
import { deletePublished, type OutboxRow, readOutbox } from '@quadrille/db/outbox';
import type { OutgoingRecord, Publisher } from '@quadrille/kafka/producer';
import type { Log } from '@quadrille/process/log';
import type { DatabaseBell } from './bells.ts';
import { type Leadership, leaseTtl, tryToLead } from './leader.ts';

/** Rows read, published and deleted together. */
const batchLimit = 1_000;
/** The bell rings about this long (ms) before the rows it rings for can be read ... */
const ringToCommit = 1;
/** ... and sometimes longer: look again after so many ms, until something is found. */
const looksAfterRing = [2, 4, 8, 16];
/** What was found may belong to an earlier ring: look once more, if no other ring comes before. */
const looksAfterFind = [10];
const pollAtLeast = 50;
const pollAtMost = 1_000;

/** `following`: another relay leads this database; this one is ready to take over. */
export type RelayState = 'leading' | 'following' | 'failing';

export type RelayOptions = {
  readonly pool: Pool;
  readonly publisher: Publisher;
  /** Names this relay in the lease; another one for each process and database. */
  readonly holder: string;
  readonly bell: DatabaseBell;
  readonly onState: (state: RelayState) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Serves one database until aborted: waits to be its one active relay, then drains its outbox whenever there is something in it. */
export const relay = async (options: RelayOptions): Promise<void> => {
  const { pool, holder, log, signal } = options;
  let pause = 100;
  while (!signal.aborted) {
    try {
      const leadership = await tryToLead(pool, holder);
      if (leadership) {
        log.info({ epoch: leadership.lease.epoch }, 'leading');
        try {
          await lead(options, leadership);
          pause = 100;
        } finally {
          await leadership.resign();
        }
      } else {
        options.onState('following');
        await waitFor(leaseTtl / 6, signal);
      }
    } catch (error) {
      options.onState('failing');
      log.warn({ err: error, retryIn: pause }, 'cannot relay; trying again');
      await waitFor(pause, signal);
      pause = Math.min(5_000, pause * 2);
    }
  }
};

const lead = async (options: RelayOptions, leadership: Leadership): Promise<void> => {
  const { bell, publisher, signal } = options;
  await publisher.connect();
  options.onState('leading');
  let poll = pollAtLeast;
  let looks: readonly number[] = [];
  while (!signal.aborted && leadership.holds()) {
    const found = await relayBatch(options, leadership);
    if (found === batchLimit) continue;
    if (found > 0) looks = looksAfterFind;
    const [pause, ...later] = looks;
    const rang = await bell.wait(pause ?? (bell.works() ? pollAtMost : poll));
    poll = rang || found > 0 ? pollAtLeast : Math.min(pollAtMost, poll * 1.5);
    looks = rang ? looksAfterRing : later;
    if (rang) await waitFor(ringToCommit, signal);
  }
};

/**
 * Reads the oldest rows, publishes them in their order, then deletes them. Dying in between publishes them again (R2): their ids are
 * fixed, and every consumer's inbox knows them. @returns how many were published
 */
const relayBatch = async ({ pool, publisher, bell, log }: RelayOptions, leadership: Leadership): Promise<number> => {
  const rows = await readOutbox(pool, batchLimit);
  if (rows.length === 0 || !leadership.holds()) return 0;
  await publisher.publish(rows.map(toRecord));
  // Before the statement: the binlog may be quicker than its answer.
  bell.expectEcho();
  const deleted = await deletePublished(
    pool,
    rows.map((row) => row.seq),
    leadership.lease,
  );
  if (!deleted) throw new Error('the lease went to another relay');
  log.debug({ events: rows.length }, 'published');
  return rows.length;
};

const toRecord = (row: OutboxRow): OutgoingRecord => ({ topic: row.topic, ...encodeEvent(row, row.payload) });

const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {
    // Aborted: the loop sees it.
  });
