import { type Cluster, ofEach } from '../cluster.ts';
import { duration } from '../moment.ts';
import { readClock, select } from '../select.ts';
import { isUnderWay, readTimelines, type Timeline } from '../timeline.ts';
import { waitingOf } from '../waiting.ts';
import { contradictions, isUnfinished } from './consistency.ts';
import type { FindingKind, NewFinding } from './findings.ts';
import { findFirstDivergence } from './first-divergence.ts';

/** `moving`: nothing can be said about it yet, and nothing is wrong with that. */
export type Verdict = 'fine' | 'moving' | NewFinding;

/**
 * Looks again at orders that did not agree in the snapshots. An order whose events have all arrived, and to which none was added while we
 * looked, is at rest: then the services must agree.
 * @param patience how long (ms) an order may be on its way, or an event
 */
export const recheck = async (
  cluster: Cluster,
  orderIds: readonly string[],
  patience: number,
): Promise<Map<string, Verdict>> => {
  const timelines = await readTimelines(cluster, orderIds);
  const now = await readClock(cluster.read.order);
  const counts = await countEvents(cluster, orderIds);
  return new Map(
    orderIds.map((orderId): [string, Verdict] => {
      const timeline = timelines.get(orderId);
      if (!timeline || timeline.events.length !== (counts.get(orderId) ?? 0)) return [orderId, 'moving'];
      return [orderId, judge(timeline, now, patience)];
    }),
  );
};

const judge = (timeline: Timeline, now: Date, patience: number): Verdict => {
  const { orderId, events, kept } = timeline;
  const aside = events.some(
    (event) => event.publication === 'refused' || event.deliveries.some(({ parked }) => parked && !parked.discardedAt),
  );
  const waiting = waitingOf(timeline, now);
  const ms = waiting ? now.getTime() - waiting.since.getTime() : 0;
  const finding = (kind: FindingKind, what: string): NewFinding => {
    const event = findFirstDivergence(timeline);
    const lasting = kind === 'divergence' ? what : (waiting?.what ?? what);
    return {
      ...{ kind, what, lasting, orderId },
      ...(waiting && { since: waiting.since.toISOString() }),
      ...(event && { event }),
    };
  };
  const waits = waiting ? `waits for ${waiting.what}, since ${duration(ms)}` : 'does not move';
  if (aside) return finding('parked', waits);
  if (events.some(isUnderWay)) return ms > patience ? finding('stuck', waits) : 'moving';
  const wrong = contradictions(kept);
  if (wrong.length > 0) return finding('divergence', wrong.join('; '));
  if (!isUnfinished(kept, now)) return 'fine';
  return ms > patience ? finding('stuck', waits) : 'moving';
};

const countEvents = async ({ read }: Cluster, orderIds: readonly string[]): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  const found = await ofEach((service) =>
    select<{ orderId: string; events: number }>(
      read[service],
      'SELECT correlation_id AS orderId, COUNT(*) AS events FROM outbox WHERE correlation_id IN (?) GROUP BY correlation_id',
      [orderIds],
    ),
  );
  for (const { orderId, events } of Object.values(found).flat())
    counts.set(orderId, (counts.get(orderId) ?? 0) + Number(events));
  return counts;
};
