import type { Pool } from '@quadrille/db/connect';
import { findTaken, type PublishedEvent, readOutboxRows, readPublished } from '@quadrille/db/outbox-history';
import type { createClient } from '@quadrille/kafka/client';
import { readHistory } from '@quadrille/kafka/history';
import type { Publisher } from '@quadrille/kafka/producer';
import { requestsOf, toRecord } from './publish.ts';

export type ReconcileOptions = {
  readonly pool: Pool;
  readonly kafka: ReturnType<typeof createClient>;
  /** Publishes again what was lost; null: only looks. */
  readonly publisher: Pick<Publisher, 'publish'> | null;
  /** Looks at events made since then only; older ones may have left their topic because their time was over. */
  readonly since: Date | null;
  /** The databases of the services that hear a type of event: what all of them have taken in is not missed by anyone. */
  readonly hearersOf: ((type: string) => readonly Pool[]) | null;
  /** Told of each lost event, in its order; they are too many to be kept. */
  readonly onLost: (event: PublishedEvent) => void;
  readonly onProgress: (reconciled: Reconciled) => void;
  /** Events compared at a time: what bounds the memory. */
  readonly window?: number;
};

export type Reconciled = {
  /** Kept events that were published. */
  readonly compared: number;
  /** Not in Kafka any more. */
  readonly missing: number;
  /** Of those: taken in by all who hear them. */
  readonly taken: number;
  /** Of those: published again. */
  readonly republished: number;
};

const defaultWindow = 100_000;
/** A record's time is that of the relay's clock, an event's that of the database's: they may differ by so much (ms). */
const skew = 3_600_000;
const atOnce = 1_000;

/**
 * Compares what one database has published with what Kafka still holds, and publishes again what a broker has lost (R19, R20), with its
 * ids and bytes. Running it twice, or beside a relay, does no harm: consumers drop what they know. Each window of events is looked for
 * in its topics from the time of its first event on, until all are found; only where something is lost they are read to the end.
 */
export const reconcile = async (options: ReconcileOptions): Promise<Reconciled> => {
  const { pool, since, onProgress, window = defaultWindow } = options;
  let [compared, missing, taken, republished] = [0, 0, 0, 0];
  for (let after = 0; ; ) {
    const events = await readPublished(pool, { after, since, limit: window });
    const last = events.at(-1);
    if (!last) return { compared, missing, taken, republished };
    const lost = await findLost(options.kafka, events);
    const missed = await leaveOutTaken(lost, options.hearersOf);
    for (const event of missed) options.onLost(event);
    if (options.publisher) republished += await publishAgain(pool, options.publisher, missed);
    compared += events.length;
    missing += lost.length;
    taken += lost.length - missed.length;
    after = last.seq;
    onProgress({ compared, missing, taken, republished });
  }
};

const findLost = async (
  kafka: ReconcileOptions['kafka'],
  events: readonly PublishedEvent[],
): Promise<PublishedEvent[]> => {
  const sought = new Map(events.map((event) => [event.id, event]));
  const first = events.reduce((earliest, { time }) => Math.min(earliest, Date.parse(time)), Number.POSITIVE_INFINITY);
  const from = new Date(first - skew);
  await readHistory(kafka, [...new Set(events.map(({ topic }) => topic))], from, async (records) => {
    for (const { headers } of records) sought.delete(String(headers.ce_id));
    return sought.size > 0;
  });
  return [...sought.values()];
};

const leaveOutTaken = async (
  lost: readonly PublishedEvent[],
  hearersOf: ReconcileOptions['hearersOf'],
): Promise<readonly PublishedEvent[]> => {
  if (!hearersOf) return lost;
  const missed: PublishedEvent[] = [];
  for (const [type, events] of Map.groupBy(lost, ({ type }) => type)) {
    for (let start = 0; start < events.length; start += atOnce) {
      const some = events.slice(start, start + atOnce);
      const ids = some.map(({ id }) => id);
      const taken = await Promise.all(hearersOf(type).map((inbox) => findTaken(inbox, ids)));
      missed.push(...some.filter(({ id }) => !taken.every((inbox) => inbox.has(id))));
    }
  }
  return missed.sort((a, b) => a.seq - b.seq);
};

const publishAgain = async (
  pool: Pool,
  publisher: Pick<Publisher, 'publish'>,
  events: readonly PublishedEvent[],
): Promise<number> => {
  let count = 0;
  for (let start = 0; start < events.length; start += atOnce) {
    const seqs = events.slice(start, start + atOnce).map(({ seq }) => seq);
    for (const request of requestsOf(await readOutboxRows(pool, seqs))) {
      await publisher.publish(request.map(toRecord));
      count += request.length;
    }
  }
  return count;
};
