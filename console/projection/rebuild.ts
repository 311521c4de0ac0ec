import { events } from '@quadrille/contracts/catalogue';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Pool } from '@quadrille/db/connect';
import type { createClient } from '@quadrille/kafka/client';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import { type PartitionRange, readRanges } from '@quadrille/kafka/offsets';
import { readRecords } from '@quadrille/kafka/reader';
import { createQueue } from '@quadrille/process/queue';
import type { EventRow } from '../schema.ts';
import { project } from './batch.ts';
import { next, openGate, projected, select } from './tables.ts';

/** Another rebuild is under way. */
export class RebuildUnderWay extends Error {
  override readonly name = 'RebuildUnderWay';
}

/** `swapping`: the console sees nothing new for a moment. */
export type RebuildProgress = {
  readonly phase: 'reading' | 'keeping' | 'swapping';
  readonly records: number;
  readonly of: number;
};

export type Rebuilt = { readonly records: number; readonly kept: number; readonly orders: number; readonly ms: number };

const batchLimit = 4_000;
/** When so few records are left, they are read while the live tables stand still. */
const fewLeft = 5_000;

/**
 * Makes the console's read model anew: reads the topics from their beginning into tables beside the live ones, keeps from the live ones what
 * the topics do not hold any more, and swaps them in one step. The console goes on meanwhile. If it dies half-way, the live tables are as
 * they were, and the next rebuild begins anew.
 * @throws RebuildUnderWay
 */
export const rebuild = async (options: {
  /** With a user that may make and drop tables there; 3 connections or more. */
  pool: Pool;
  kafka: ReturnType<typeof createClient>;
  groupPrefix: string;
  topics: readonly string[];
  onProgress?: (progress: RebuildProgress) => void;
  signal?: AbortSignal;
}): Promise<Rebuilt> => {
  const { pool, kafka, groupPrefix, topics, onProgress = () => {}, signal } = options;
  const began = performance.now();
  const connection = await pool.getConnection();
  let [records, of] = [0, 0];
  const take = createQueue<IncomingRecord, undefined>(async (some) => {
    signal?.throwIfAborted();
    await project(pool, next, some);
    records += some.length;
    onProgress({ phase: 'reading', records, of });
    return some.map(() => undefined);
  }, batchLimit);
  const read = async (ranges: readonly PartitionRange[]) => {
    of += sizeOf(ranges);
    await readRecords({ kafka, groupPrefix }, ranges, async (some) => void (await take.add(some)), signal);
    signal?.throwIfAborted();
  };

  try {
    const [lock] = await select<{ held: number }>(
      connection,
      "SELECT GET_LOCK(CONCAT('rebuild ', DATABASE()), 0) AS held",
    );
    if (lock?.held !== 1) throw new RebuildUnderWay('the read model is being rebuilt already: wait for it to end');
    await openGate(pool);
    await makeNext(pool);
    const first = await readRanges(kafka, topics);
    await read(first);
    let last = first;
    for (let round = 0; round < 5; round++) {
      const more = await since(kafka, topics, last);
      if (sizeOf(more) < fewLeft) break;
      await read(more);
      last = more;
    }
    onProgress({ phase: 'keeping', records, of });
    const kept = await keepOld(pool, first);

    onProgress({ phase: 'swapping', records, of });
    await connection.query('START TRANSACTION');
    // From here on the live tables stand still; what they hold comes from records that the last read gets as well.
    await connection.query('SELECT id FROM gate FOR UPDATE');
    await read(await since(kafka, topics, last));
    const [count] = await select<{ orders: number }>(pool, 'SELECT COUNT(*) AS orders FROM orders_next');
    await pool.query(
      `RENAME TABLE ${projected.map((name) => `${name} TO ${name}_old, ${name}_next TO ${name}`).join(', ')}`,
    );
    await connection.query('COMMIT');
    await drop(pool, '_old');
    return { records, kept, orders: count?.orders ?? 0, ms: performance.now() - began };
  } finally {
    // With the connection go its lock and its transaction.
    connection.destroy();
  }
};

export const makeNext = async (pool: Pool): Promise<void> => {
  await drop(pool, '_old');
  await drop(pool, '_next');
  for (const name of projected) await pool.query(`CREATE TABLE ${name}_next LIKE ${name}`);
};

const drop = async (pool: Pool, suffix: string): Promise<void> => {
  await pool.query(`DROP TABLE IF EXISTS ${projected.map((name) => `${name}${suffix}`).join(', ')}`);
};

const sizeOf = (ranges: readonly PartitionRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + Number(to - from), 0);

/** What has been published after these ranges. */
const since = async (
  kafka: ReturnType<typeof createClient>,
  topics: readonly string[],
  read: readonly PartitionRange[],
): Promise<PartitionRange[]> => {
  const ends = new Map(read.map(({ topic, partition, to }) => [`${topic}/${partition}`, to]));
  const now = await readRanges(kafka, topics);
  return now.map((range) => ({ ...range, from: ends.get(`${range.topic}/${range.partition}`) ?? range.from }));
};

const publishers = new Map(events.map(({ type, publisher }) => [type, publisher]));
const pageSize = 2_000;

/** Takes over the events whose records Kafka has removed by age, from the live tables. @returns how many */
export const keepOld = async (pool: Pool, ranges: readonly PartitionRange[]): Promise<number> => {
  const expired = ranges.filter(({ from }) => from > 0n);
  if (expired.length === 0) return 0;
  const isExpired = expired.map(() => '(topic = ? AND `partition` = ? AND `offset` < ?)').join(' OR ');
  const places = expired.flatMap(({ topic, partition, from }) => [topic, partition, Number(from)]);
  let kept = 0;
  for (let [order, event] = ['', '']; ; ) {
    const rows = await select<EventRow>(
      pool,
      `SELECT order_id AS orderId, event_id AS eventId, type, version, causation_id AS causationId, traceparent, time, topic,
         \`partition\`, \`offset\`, payload FROM events
       WHERE (order_id > ? OR (order_id = ? AND event_id > ?)) AND (${isExpired}) ORDER BY order_id, event_id LIMIT ${pageSize}`,
      [order, order, event, ...places],
    );
    const last = rows.at(-1);
    if (!last) return kept;
    await project(pool, next, rows.map(toRecord));
    kept += rows.length;
    [order, event] = [last.orderId, last.eventId];
  }
};

/** An event as it came from Kafka. */
const toRecord = (row: EventRow): IncomingRecord => {
  const { topic, partition, offset, payload, time, orderId, eventId, ...rest } = row;
  const publisher = publishers.get(row.type) ?? '';
  const envelope = { ...rest, id: eventId, correlationId: orderId, time: time.toISOString(), topic, publisher };
  const { key, headers, value } = encodeEvent(envelope, payload);
  return { topic, partition, offset: String(offset), key: Buffer.from(key), headers, value };
};
