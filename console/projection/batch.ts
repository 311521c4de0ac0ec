import { claimedVersion, decodeEvent, UndecodableEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import { isAboutOrder } from '@quadrille/contracts/saga';
import type { Pool } from '@quadrille/db/connect';
import { isRefusal } from '@quadrille/db/errors';
import { type Transaction, transact } from '@quadrille/db/transaction';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import type { EventRow, OrderRow } from '../schema.ts';
import { createTally } from './minutes.ts';
import { observe } from './order.ts';
import { type Generation, select } from './tables.ts';
import { insertUnrecognized, type UnrecognizedRecord } from './unrecognized.ts';

type Arrived = { readonly record: IncomingRecord; readonly event: Event };

/** What the read model learned by a batch. */
export type Learned = { readonly events: number; readonly orderIds: readonly string[] };

/**
 * Takes records into the read model, in one transaction of few statements. Processed again they change nothing. Events that are about no order
 * are passed over. Records that are no event of ours are kept as unrecognized records, and so are those that the database refuses.
 */
export const project = async (
  pool: Pool,
  generation: Generation,
  records: readonly IncomingRecord[],
): Promise<Learned> => {
  const arrived: Arrived[] = [];
  const unrecognized: UnrecognizedRecord[] = [];
  for (const record of records) {
    try {
      const event = decodeEvent(record.topic, record);
      if (isAboutOrder(event.type)) arrived.push({ record, event });
    } catch (error) {
      if (!(error instanceof UndecodableEvent)) throw error;
      unrecognized.push({ record, cause: error.message });
    }
  }
  return write(pool, generation, arrived, unrecognized);
};

/** An event that the database refuses, though it has the shape that was agreed on, is found by halving. */
const write = async (
  pool: Pool,
  generation: Generation,
  arrived: readonly Arrived[],
  unrecognized: readonly UnrecognizedRecord[],
): Promise<Learned> => {
  try {
    return await transact(pool, (tx) => writeIn(tx, generation, arrived, unrecognized));
  } catch (error) {
    const [first, ...others] = arrived;
    if (!isRefusal(error) || !first) throw error;
    if (others.length === 0) {
      const cause = `the database refuses it: ${(error as Error).message}`;
      return write(pool, generation, [], [...unrecognized, { record: first.record, cause }]);
    }
    const half = Math.ceil(arrived.length / 2);
    const one = await write(pool, generation, arrived.slice(0, half), unrecognized);
    const other = await write(pool, generation, arrived.slice(half), []);
    return { events: one.events + other.events, orderIds: [...one.orderIds, ...other.orderIds] };
  }
};

const writeIn = async (
  tx: Transaction,
  generation: Generation,
  arrived: readonly Arrived[],
  unrecognized: readonly UnrecognizedRecord[],
): Promise<Learned> => {
  const { suffix } = generation;
  // Who swaps the tables has the gate for itself; a rebuild, which works beside them, need not pass it.
  const gate = suffix === '' ? 'FROM gate LOCK IN SHARE MODE' : '';
  const [clock] = await select<{ now: Date }>(tx, `SELECT UTC_TIMESTAMP(3) AS now ${gate}`);
  if (!clock) throw new Error('the table gate is empty: start the console again');
  await insertUnrecognized(tx, suffix, unrecognized, clock.now);

  const orderIds = [...new Set(arrived.map(({ event }) => event.correlationId))].sort();
  if (orderIds.length === 0) return { events: 0, orderIds };
  const before = new Map((await generation.orders.lock(tx, orderIds)).map((row) => [row.orderId, row]));
  const there = await select<{ id: string }>(tx, `SELECT event_id AS id FROM events${suffix} WHERE order_id IN (?)`, [
    [...before.keys(), ''],
  ]);
  const known = new Set(there.map(({ id }) => id));

  const tally = createTally();
  const after = new Map<string, OrderRow>(before);
  const fresh: EventRow[] = [];
  for (const { event, record } of arrived) {
    if (known.has(event.id)) continue;
    known.add(event.id);
    const row = after.get(event.correlationId);
    const changed = observe(row, event);
    after.set(event.correlationId, changed);
    tally.count(event, row, changed);
    fresh.push(toRow(event, record, clock.now));
  }
  for (const piece of inPieces(fresh)) await generation.events.insert(tx, piece);
  const changed = orderIds.flatMap((id) => (after.get(id) === before.get(id) ? [] : (after.get(id) ?? [])));
  // A plain INSERT of what was not there to be locked: another consumer may be inserting it too, and the later of the two runs again.
  await generation.orders.insert(
    tx,
    changed.filter(({ orderId }) => !before.has(orderId)),
  );
  await generation.orders.update(
    tx,
    changed.filter(({ orderId }) => before.has(orderId)),
  );
  const counts = tally.rows().map(({ minute, name, count }) => [minute, name, count]);
  if (counts.length > 0)
    await tx.query(
      `INSERT INTO minutes${suffix} (minute, name, count) VALUES ? ON DUPLICATE KEY UPDATE count = count + VALUES(count)`,
      [counts],
    );
  return { events: fresh.length, orderIds: changed.map(({ orderId }) => orderId) };
};

/** Keeps the bytes as they were published, with the version that they have. */
const toRow = (event: Event, record: IncomingRecord, seenAt: Date): EventRow => ({
  orderId: event.correlationId,
  eventId: event.id,
  type: event.type,
  version: claimedVersion(record),
  causationId: event.causationId,
  traceparent: event.traceparent,
  time: new Date(event.time),
  topic: record.topic,
  partition: record.partition,
  offset: Number(record.offset),
  payload: record.value ?? Buffer.alloc(0),
  seenAt,
});

/** Bytes of payload in one statement: in hexadecimal twice as many, which must stay below a server's `max_allowed_packet` (16 MB). */
const atOnce = 4 * 1_048_576;

function* inPieces(rows: readonly EventRow[]): Generator<readonly EventRow[]> {
  let [start, size] = [0, 0];
  for (const [index, { payload }] of rows.entries()) {
    if (size + payload.length > atOnce) {
      yield rows.slice(start, index);
      [start, size] = [index, 0];
    }
    size += payload.length;
  }
  yield rows.slice(start);
}
