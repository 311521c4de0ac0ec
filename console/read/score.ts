import { events } from '@quadrille/contracts/catalogue';
import type { Pool } from '@quadrille/db/connect';
import { type Comparison, compare } from '@quadrille/ops/score/live';
import { score } from '@quadrille/ops/score/score';
import { select } from '../projection/tables.ts';
import type { EventRow } from '../schema.ts';
import type { Sources } from '../web/source.ts';

/** Events of the latest orders; it must be cheap, `npm run ops -- score --live` reads the topics themselves. */
const most = 10_000;

const publisherOf: ReadonlyMap<string, string> = new Map(events.map(({ type, publisher }) => [type, publisher]));

/** The score beside the events that the topics carried, as the read model holds them. */
export const readScore = async (pool: Pool): Promise<Comparison> => {
  const rows = await select<Pick<EventRow, 'eventId' | 'type' | 'causationId' | 'time'>>(
    pool,
    `SELECT event_id AS eventId, type, causation_id AS causationId, time FROM events
     ORDER BY order_id DESC, event_id DESC LIMIT ${most}`,
  );
  const seen = rows.map(({ eventId: id, type, causationId, time }) => ({
    ...{ id, type, causationId, publisher: publisherOf.get(type) ?? '' },
    at: time.getTime(),
  }));
  return compare(score, seen);
};

const freshFor = 1_000;

/** What several who look at the same time share: it is made of many rows. */
export const createScore = (pool: Pool, { readModel }: Pick<Sources, 'readModel'>): (() => Promise<Comparison>) => {
  let last: { readonly at: number; readonly answer: Promise<Comparison> } | null = null;
  return () => {
    if (!last || Date.now() - last.at > freshFor)
      last = { at: Date.now(), answer: readModel.ask(() => readScore(pool)) };
    return last.answer;
  };
};
export type ReadScore = ReturnType<typeof createScore>;
