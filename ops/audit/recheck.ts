import { duration } from '../moment.ts';
import { readClock, select } from '../select.ts';
import { ofEach, type Site } from '../site.ts';
import { isUnderWay, readStories, type Story } from '../story.ts';
import { waitingOf } from '../waiting.ts';
import { contradictions, isUnfinished, noMoney } from './books.ts';
import type { FindingKind, NewFinding } from './findings.ts';
import { readMoney } from './orders.ts';
import { findParting } from './parting.ts';

/** `moving`: nothing can be said about it yet, and nothing is wrong with that. */
export type Verdict = 'fine' | 'moving' | NewFinding;

/**
 * Looks again at orders that did not agree in the snapshots. An order whose events have all arrived, and to which none was added while we
 * looked, is at rest: then its books must agree.
 * @param patience how long (ms) an order may be on its way, or an event
 */
export const recheck = async (
  site: Site,
  orderIds: readonly string[],
  patience: number,
): Promise<Map<string, Verdict>> => {
  const stories = await readStories(site, orderIds);
  const money = await readMoney(site.read.pay, orderIds);
  const now = await readClock(site.read.order);
  const counts = await countEvents(site, orderIds);
  return new Map(
    orderIds.map((orderId): [string, Verdict] => {
      const story = stories.get(orderId);
      if (!story || story.events.length !== (counts.get(orderId) ?? 0)) return [orderId, 'moving'];
      const books = { ...story.rows, money: money.get(orderId) ?? noMoney };
      return [orderId, judge(story, books, now, patience)];
    }),
  );
};

const judge = (story: Story, books: Parameters<typeof isUnfinished>[0], now: Date, patience: number): Verdict => {
  const { orderId, events } = story;
  const aside = events.some(
    (event) =>
      event.publication === 'refused' || event.hearings.some(({ setAside }) => setAside && !setAside.discardedAt),
  );
  const waiting = waitingOf(story, now);
  const ms = waiting ? now.getTime() - waiting.since.getTime() : 0;
  const finding = (kind: FindingKind, what: string): NewFinding => {
    const event = findParting(story);
    const lasting = kind === 'books' ? what : (waiting?.what ?? what);
    return {
      ...{ kind, what, lasting, orderId },
      ...(waiting && { since: waiting.since.toISOString() }),
      ...(event && { event }),
    };
  };
  const waits = waiting ? `waits for ${waiting.what}, since ${duration(ms)}` : 'does not move';
  if (aside) return finding('parked', waits);
  if (events.some(isUnderWay)) return ms > patience ? finding('stuck', waits) : 'moving';
  const wrong = contradictions(books);
  if (wrong.length > 0) return finding('books', wrong.join('; '));
  if (!isUnfinished(books, now)) return 'fine';
  return ms > patience ? finding('stuck', waits) : 'moving';
};

const countEvents = async ({ read }: Site, orderIds: readonly string[]): Promise<Map<string, number>> => {
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
