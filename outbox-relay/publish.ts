import { topics as ourTopics } from '@quadrille/contracts/catalogue';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { OutboxRow } from '@quadrille/db/outbox';
import type { OutboxRefusal } from '@quadrille/db/outbox-parked';
import { type OutgoingRecord, type Publisher, RecordsRefused } from '@quadrille/kafka/producer';

/** What became of rows: each is in one of the two. */
export type Published = {
  readonly published: readonly OutboxRow[];
  /** With a cause: Kafka will never take it. Without: it waits behind such a one, or behind an order that was parked before. */
  readonly parked: readonly OutboxRefusal[];
};

/** Kafka takes about 1 MB in one batch of a partition, headers and all; a larger request would be refused whatever is in it. */
const requestBytes = 900_000;
/** Headers, key and framing of a record, about. */
const envelopeBytes = 700;

/**
 * Publishes rows in their order and finds those that Kafka refuses for good: a request that is refused is split until the culprit is
 * alone. Later rows of its order are held back; all other orders flow. What was in a split request may be published more than once.
 * @param parkedOrders orders that had something parked before
 * @param beforeSend throws if nothing may be sent any more
 * @throws whatever waiting can heal; some rows may have been published
 */
export const publishOrPark = async (
  publisher: Publisher,
  rows: readonly OutboxRow[],
  parkedOrders: ReadonlySet<string>,
  beforeSend: () => void,
): Promise<Published> => {
  const published: OutboxRow[] = [];
  const parked: OutboxRefusal[] = [];
  const park = ({ seq, correlationId }: OutboxRow, cause: string | null) => parked.push({ seq, correlationId, cause });

  const refused = new Set<string>();
  const publish = async (some: readonly OutboxRow[]): Promise<void> => {
    const due = some.filter((row) => {
      const waits = refused.has(row.correlationId);
      if (waits) park(row, null);
      return !waits;
    });
    const [first] = due;
    if (!first) return;
    beforeSend();
    try {
      await publisher.publish(due.map(toRecord));
      published.push(...due);
    } catch (error) {
      if (!(error instanceof RecordsRefused)) throw error;
      if (due.length === 1) {
        refused.add(first.correlationId);
        park(first, error.message);
        return;
      }
      const half = Math.ceil(due.length / 2);
      await publish(due.slice(0, half));
      await publish(due.slice(half));
    }
  };

  // In one pass, for what comes before a row without a topic does not wait behind it.
  const missing = await missingTopics(publisher, rows);
  const held = new Set(parkedOrders);
  const placed = rows.filter((row) => {
    if (held.has(row.correlationId)) park(row, null);
    else if (missing.has(row.topic)) {
      held.add(row.correlationId);
      park(row, `there is no topic ${row.topic}`);
    } else return true;
    return false;
  });
  for (const request of requestsOf(placed)) await publish(request);
  return { published, parked };
};

/** A topic of ours that is missing is the fault of the place, not of the rows: set up, and they are published. */
const missingTopics = async (publisher: Publisher, rows: readonly OutboxRow[]): Promise<Set<string>> => {
  const missing = await publisher.missingTopics(new Set(rows.map(({ topic }) => topic)));
  for (const topic of missing)
    if (ourTopics.includes(topic)) throw new Error(`Kafka has no topic ${topic}: run the setup, which makes it`);
  return missing;
};

/** In pieces that one request may hold. */
export function* requestsOf(rows: readonly OutboxRow[]): Generator<OutboxRow[]> {
  let request: OutboxRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = row.payload.length + envelopeBytes;
    if (request.length > 0 && bytes + size > requestBytes) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(row);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

export const toRecord = (row: OutboxRow): OutgoingRecord => ({ topic: row.topic, ...encodeEvent(row, row.payload) });
