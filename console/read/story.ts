import type { Pool } from '@quadrille/db/connect';
import { select } from '../projection/tables.ts';
import type { EventRow } from '../schema.ts';

/** An event of an order, in the story that they tell together. */
export type Told = EventRow & {
  readonly publisher: string;
  /** ms from its cause to it; null: it has none, or none that is known. */
  readonly sinceCause: number | null;
  readonly cause: Told | null;
};

const publisherOf: Readonly<Record<string, string>> = {
  'order-events': 'order',
  'stock-events': 'stock',
  'coupon-events': 'coupon',
  'payment-events': 'pay',
};

/** All events of an order, by time, but none before its cause: the clocks of the publishers may differ. */
export const readStory = async (pool: Pool, orderId: string): Promise<Told[]> =>
  tellStory(
    await select<EventRow>(
      pool,
      `SELECT order_id AS orderId, event_id AS eventId, type, version, causation_id AS causationId, traceparent, time, topic,
         \`partition\`, \`offset\`, payload, seen_at AS seenAt FROM events WHERE order_id = ?`,
      [orderId],
    ),
  );

export const tellStory = (rows: readonly EventRow[]): Told[] => {
  const byTime = [...rows].sort((a, b) => a.time.getTime() - b.time.getTime() || (a.eventId < b.eventId ? -1 : 1));
  const known = new Set(rows.map(({ eventId }) => eventId));
  const told = new Map<string, Told>();
  const waiting = [...byTime];
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      ({ causationId }) => !causationId || told.has(causationId) || !known.has(causationId),
    );
    // Events that cause each other in a circle are nonsense, but shown.
    const [row] = waiting.splice(Math.max(0, next), 1);
    if (!row) break;
    const cause = told.get(row.causationId ?? '') ?? null;
    told.set(row.eventId, {
      ...row,
      publisher: publisherOf[row.topic] ?? row.topic,
      cause,
      sinceCause: cause && Math.max(0, row.time.getTime() - cause.time.getTime()),
    });
  }
  return [...told.values()];
};
