import type { Pool } from '@quadrille/db/connect';
import { type PublishedEvent, readOutboxRows, readPublished } from '@quadrille/db/outbox-history';
import { readProgress } from '@quadrille/db/outbox-progress';
import { listTopics, readCommittedOffsets, readRanges } from '@quadrille/kafka/offsets';
import type { Publisher } from '@quadrille/kafka/producer';
import { readRecords, type Visitor } from '@quadrille/kafka/reader';
import { requestsOf, toRecord } from './publish.ts';

/** Where Kafka holds an event. */
export type Place = { readonly topic: string; readonly partition: number; readonly offset: bigint };

/** An event, and where it was found; null: Kafka does not hold it. */
export type Sought = PublishedEvent & { readonly place: Place | null };

/** A service that subscribes to some events. */
export type Subscriber = {
  readonly name: string;
  readonly groupId: string;
  /** The ids of those events that have reached it: processed, parked, or given up by an operator. */
  readonly received: (events: readonly Sought[]) => Promise<ReadonlySet<string>>;
};

/**
 * An event that a service has not received. `lost`: Kafka does not hold it. `skipped`: Kafka holds it, and these services have committed offsets beyond it
 * without having received it, as happens when a topic is deleted and made again.
 */
export type Missed = PublishedEvent & { readonly how: 'lost' | 'skipped'; readonly by: readonly string[] };

export type ReconcileOptions = Visitor & {
  readonly pool: Pool;
  /** Publishes again what is missed; null: only looks. */
  readonly publisher: Pick<Publisher, 'publish'> | null;
  /** Looks at events made since then only; older ones may have left their topic because their time was over. */
  readonly since: Date | null;
  /** Who subscribes to a type of event: what all of them have received is not missed by anyone. null: whatever Kafka lacks is missed. */
  readonly subscribersOf: ((type: string) => readonly Subscriber[]) | null;
  /** Told of each missed event, in its order; they are too many to be kept. */
  readonly onMissed: (event: Missed) => void;
  readonly onProgress: (reconciled: Reconciled) => void;
  /** Events compared at a time: what bounds the memory. */
  readonly window?: number;
};

export type Reconciled = {
  /** Kept events that were published. */
  readonly compared: number;
  /** Not in Kafka any more. */
  readonly missing: number;
  /** Of those: received by all services that subscribe to them. */
  readonly taken: number;
  /** In Kafka, but skipped by a service that has not received them. */
  readonly skipped: number;
  /** Of those missing and not taken, and those skipped: published again. */
  readonly republished: number;
};

const defaultWindow = 100_000;
/** A record's time is that of the relay's clock, an event's that of the database's: they may differ by so much (ms). */
const skew = 3_600_000;
const atOnce = 1_000;

/**
 * Compares what one database has published with what Kafka holds and with what its subscribers have received. Publishes again, with its ids and
 * bytes, what a broker has lost (R19, R20) and what a subscriber was made to skip. Running it twice, or beside a relay, does no harm: consumers
 * drop what they know. Each window of events is looked for in its topics from the time of its first event on, until all are found; only where
 * something is missed they are read to the end.
 */
export const reconcile = async (options: ReconcileOptions): Promise<Reconciled> => {
  const { pool, since, onProgress, onMissed, window = defaultWindow } = options;
  let [compared, missing, taken, skipped, republished] = [0, 0, 0, 0, 0];
  // What is published from now on is for the next time: under load there would always be more.
  const { publishedTo: upTo } = await readProgress(pool);
  for (let after = 0; ; ) {
    const events = await readPublished(pool, { after, upTo, since, limit: window });
    const last = events.at(-1);
    if (!last) return { compared, missing, taken, skipped, republished };
    // Before anything else: what is processed meanwhile must not seem to be passed over.
    const committed = await committedOf(options, events);
    const sought = await findPlaces(options, events);
    const missed = await findMissed(options, sought, committed);
    for (const event of missed) onMissed(event);
    if (options.publisher) republished += await publishAgain(pool, options.publisher, missed);
    const lost = missed.filter(({ how }) => how === 'lost').length;
    const notHeld = sought.filter(({ place }) => place === null).length;
    compared += events.length;
    missing += notHeld;
    taken += notHeld - lost;
    skipped += missed.length - lost;
    after = last.seq;
    onProgress({ compared, missing, taken, skipped, republished });
  }
};

/** By group and partition. */
type Committed = ReadonlyMap<string, ReadonlyMap<string, bigint>>;

const committedOf = async (
  { kafka, subscribersOf }: ReconcileOptions,
  events: readonly PublishedEvent[],
): Promise<Committed> => {
  const types = [...new Set(events.map(({ type }) => type))];
  const groups = new Set(types.flatMap((type) => subscribersOf?.(type) ?? []).map(({ groupId }) => groupId));
  const found = [...groups].map(async (groupId) => [groupId, await readCommittedOffsets(kafka, groupId)] as const);
  return new Map(await Promise.all(found));
};

const findPlaces = async (visitor: Visitor, events: readonly PublishedEvent[]): Promise<Sought[]> => {
  const places = new Map<string, Place | null>(events.map(({ id }) => [id, null]));
  const first = events.reduce((earliest, { time }) => Math.min(earliest, Date.parse(time)), Number.POSITIVE_INFINITY);
  const existing = new Set(await listTopics(visitor.kafka));
  const topics = [...new Set(events.map(({ topic }) => topic))].filter((topic) => existing.has(topic));
  const all = new AbortController();
  let left = places.size;
  await readRecords(
    visitor,
    await readRanges(visitor.kafka, topics, first - skew),
    (records) => {
      for (const { topic, partition, offset, headers } of records) {
        const id = String(headers.ce_id);
        if (places.get(id) !== null) continue;
        places.set(id, { topic, partition, offset: BigInt(offset) });
        left--;
      }
      if (left === 0) all.abort();
    },
    all.signal,
  );
  return events.map((event) => ({ ...event, place: places.get(event.id) ?? null }));
};

const findMissed = async (
  options: ReconcileOptions,
  sought: readonly Sought[],
  committed: Committed,
): Promise<Missed[]> => {
  const { subscribersOf } = options;
  if (!subscribersOf)
    return sought.flatMap(({ place, ...event }) => (place ? [] : [{ ...event, how: 'lost' as const, by: [] }]));
  const missedBy = new Map<Sought, Subscriber[]>();
  for (const [type, events] of Map.groupBy(sought, ({ type }) => type))
    for (const subscriber of subscribersOf(type)) {
      const offsets = committed.get(subscriber.groupId);
      const due = events.filter(({ place }) => place === null || isPassed(place, offsets));
      for (let start = 0; start < due.length; start += atOnce) {
        const some = due.slice(start, start + atOnce);
        const received = await subscriber.received(some);
        for (const event of some)
          if (!received.has(event.id)) missedBy.set(event, [...(missedBy.get(event) ?? []), subscriber]);
      }
    }
  const copies = await findLaterCopies(options, [...missedBy.keys()], committed);
  return [...missedBy]
    .flatMap(([{ place, ...event }, subscribers]): Missed[] => {
      const by = subscribers.filter(({ groupId }) => !copies.get(groupId)?.has(event.id)).map(({ name }) => name);
      return by.length === 0 ? [] : [{ ...event, how: place ? 'skipped' : 'lost', by }];
    })
    .sort((a, b) => a.seq - b.seq);
};

const isPassed = ({ topic, partition, offset }: Place, offsets: ReadonlyMap<string, bigint> | undefined): boolean =>
  offset < (offsets?.get(`${topic}/${partition}`) ?? 0n);

/** Which skipped events each group has still to process, because they were published again already. */
const findLaterCopies = async (
  visitor: Visitor,
  missed: readonly Sought[],
  committed: Committed,
): Promise<Map<string, Set<string>>> => {
  const copies = new Map([...committed.keys()].map((groupId) => [groupId, new Set<string>()]));
  const skipped = new Map(missed.flatMap(({ id, place }) => (place ? [[id, place] as const] : [])));
  const partitions = new Set([...skipped.values()].map(nameOf));
  const held = await readRanges(visitor.kafka, [...new Set([...skipped.values()].map(({ topic }) => topic))]);
  const ranges = held
    .filter((range) => partitions.has(nameOf(range)))
    .map((range) => {
      const [least = range.to] = [...committed.values()].map((each) => each.get(nameOf(range)) ?? 0n).sort(ascending);
      const [, from = range.from] = [range.from, least].sort(ascending);
      return { ...range, from };
    });
  await readRecords(visitor, ranges, (records) => {
    for (const record of records) {
      const id = String(record.headers.ce_id);
      if (!skipped.has(id)) continue;
      for (const [groupId, ids] of copies)
        if (BigInt(record.offset) >= (committed.get(groupId)?.get(nameOf(record)) ?? 0n)) ids.add(id);
    }
  });
  return copies;
};

const ascending = (a: bigint, b: bigint): number => Number(a - b);

const nameOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

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
