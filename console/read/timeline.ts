import { events } from '@quadrille/contracts/catalogue';
import type { Pool } from '@quadrille/db/connect';
import { sortByCause } from '@quadrille/ops/sort-by-cause';
import { select } from '../projection/tables.ts';
import type { EventRow } from '../schema.ts';

/** An event of an order, in the story that they tell together. */
export type TimelineRow = EventRow & {
  readonly publisher: string;
  /** ms from its cause to it; null: it has none, or none that is known. */
  readonly sinceCause: number | null;
  readonly cause: TimelineRow | null;
};

const publisherOf: ReadonlyMap<string, string> = new Map(events.map(({ topic, publisher }) => [topic, publisher]));

/** All events of an order, by time, but none before its cause: the clocks of the publishers may differ. */
export const readOrderEvents = async (pool: Pool, orderId: string): Promise<TimelineRow[]> =>
  toTimeline(
    await select<EventRow>(
      pool,
      `SELECT order_id AS orderId, event_id AS eventId, type, version, causation_id AS causationId, traceparent, time, topic,
         \`partition\`, \`offset\`, payload, seen_at AS seenAt FROM events WHERE order_id = ?`,
      [orderId],
    ),
  );

export const toTimeline = (rows: readonly EventRow[]): TimelineRow[] => {
  const told = new Map<string, TimelineRow>();
  for (const row of sortByCause(rows, ({ eventId }) => eventId)) {
    const cause = told.get(row.causationId ?? '') ?? null;
    told.set(row.eventId, {
      ...row,
      publisher: publisherOf.get(row.topic) ?? row.topic,
      cause,
      sinceCause: cause && Math.max(0, row.time.getTime() - cause.time.getTime()),
    });
  }
  return [...told.values()];
};
