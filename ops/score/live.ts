import { topics } from '@quadrille/contracts/catalogue';
import { decodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import { type PartitionRange, readRanges } from '@quadrille/kafka/offsets';
import { readRecords } from '@quadrille/kafka/reader';
import type { Cluster } from '../cluster.ts';
import { type Edge, edgesOf, nameOf, type Score } from './score.ts';

/** What is looked at of an event that was published. */
export type Seen = Pick<Event, 'id' | 'type' | 'publisher' | 'causationId'> & {
  /** ms since 1970, by its publisher's clock. */
  readonly at: number;
};

/** An edge as the topics carry it. `silent`: the score has it, the topics do not. `unknown`: the topics have it, the score does not. */
export type LiveEdge = Edge & {
  readonly state: 'heard' | 'silent' | 'unknown';
  readonly count: number;
  /** How often the event came that makes it happen; null: no event does. */
  readonly causes: number | null;
  /** ms from the cause to the event; null: there was none, or no event is the cause. */
  readonly p50: number | null;
  readonly p95: number | null;
  /** When it came last (ISO 8601). */
  readonly last: string | null;
};

export type Comparison = {
  readonly events: number;
  /** Events whose cause was not among those that were read: it is older, or there is no such event. */
  readonly causeNotRead: number;
  /** Those of the score in its order, then the unknown ones. */
  readonly edges: readonly LiveEdge[];
};

type Heard = { readonly edge: Edge; readonly ats: number[]; readonly latencies: number[] };

/** Compares what was published with the score. @param since only later events count (ms since 1970); earlier ones are causes */
export const compare = (score: Score, seen: Iterable<Seen>, since = 0): Comparison => {
  const byId = new Map([...seen].map((event) => [event.id, event]));
  const heard = new Map<string, Heard>();
  const cameOf = new Map<string, number>();
  let [events, causeNotRead] = [0, 0];
  for (const { type, publisher, causationId, at } of byId.values()) {
    cameOf.set(type, (cameOf.get(type) ?? 0) + 1);
    if (at < since) continue;
    events++;
    const cause = causationId === null ? null : byId.get(causationId);
    if (cause === undefined) {
      causeNotRead++;
      continue;
    }
    const edge = { received: cause?.type ?? null, service: publisher, published: type };
    const known = heard.get(nameOf(edge)) ?? { edge, ats: [], latencies: [] };
    known.ats.push(at);
    if (cause) known.latencies.push(Math.max(0, at - cause.at));
    heard.set(nameOf(edge), known);
  }
  const known = edgesOf(score);
  const names = new Set(known.map(nameOf));
  const unknown = [...heard.values()].map(({ edge }) => edge).filter((edge) => !names.has(nameOf(edge)));
  const toLive = (edge: Edge): LiveEdge => {
    const { ats = [], latencies = [] } = heard.get(nameOf(edge)) ?? {};
    const sorted = latencies.toSorted((one, other) => one - other);
    return {
      ...edge,
      state: !names.has(nameOf(edge)) ? 'unknown' : ats.length === 0 ? 'silent' : 'heard',
      count: ats.length,
      causes: edge.received === null ? null : (cameOf.get(edge.received) ?? 0),
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
      last: ats.length === 0 ? null : new Date(ats.reduce((latest, at) => Math.max(latest, at))).toISOString(),
    };
  };
  const inOrder = unknown.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  return { events, causeNotRead, edges: [...known, ...inOrder].map(toLive) };
};

const percentile = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;

/** What the topics carry, beside the score. */
export type Live = Comparison & {
  /** Events made from then on were read (ISO 8601). */
  readonly from: string;
  /** Records that are no event of ours, or cannot be read. */
  readonly unreadable: number;
  /** The topics hold more from then on than was to be read: these are the latest. */
  readonly isCut: boolean;
};

/** Causes may be that much older than what they made happen (ms). */
const margin = 60_000;

/**
 * Compares the score with what the topics hold.
 * @param options.since from when on (ms since 1970)
 * @param options.most so many records at most, the latest of each partition
 */
export const readLive = async (
  cluster: Pick<Cluster, 'kafka' | 'groupPrefix'>,
  score: Score,
  { since, most }: { readonly since: number; readonly most: number },
  signal?: AbortSignal,
): Promise<Live> => {
  const held = await readRanges(cluster.kafka, topics, since - margin);
  const ranges = latest(held, most);
  const seen: Seen[] = [];
  let unreadable = 0;
  const take = (records: readonly IncomingRecord[]) => {
    for (const record of records) {
      const event = toSeen(record);
      if (event) seen.push(event);
      else unreadable++;
    }
  };
  await readRecords(cluster, ranges, take, signal);
  const isCut = sizeOf(ranges) < sizeOf(held);
  return { from: new Date(since).toISOString(), unreadable, isCut, ...compare(score, seen, since) };
};

const sizeOf = (ranges: readonly PartitionRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + Number(to - from), 0);

/** The ends of the ranges, of each in proportion, so that together they hold no more than `most`. */
const latest = (ranges: readonly PartitionRange[], most: number): PartitionRange[] => {
  const size = sizeOf(ranges);
  if (size <= most) return [...ranges];
  return ranges.map((range) => {
    const share = BigInt(Math.floor((Number(range.to - range.from) * most) / size));
    return { ...range, from: range.to - share };
  });
};

const toSeen = (record: IncomingRecord): Seen | null => {
  try {
    const { id, type, publisher, causationId, time } = decodeEvent(record.topic, record);
    return { id, type, publisher, causationId, at: Date.parse(time) };
  } catch {
    return null;
  }
};
