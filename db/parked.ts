import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import { inStatements, statementLimit } from './packet.ts';
import { rowsOf } from './rows.ts';
import { type ParkedAction, parked } from './tables.ts';
import type { Transaction } from './transaction.ts';

/** An event that could not be applied (`attempts` above 0), or waits behind one of the same order. `seq` is its place in the queue. */
export type ParkedEvent = typeof parked.$inferSelect;
export type NewParkedEvent = Omit<ParkedEvent, 'seq'>;

/** Who did it, and why: kept for good. */
export type Trace = { readonly by: string; readonly why: string };

const rows = rowsOf(parked, 'seq');

/** Puts events at the end of their orders' queues, in this order. Of what is longer than a statement may be, only a beginning is kept. */
export const park = (tx: Transaction, events: readonly NewParkedEvent[]): Promise<void> => {
  const limit = statementLimit(tx);
  return rows.insert(
    tx,
    // seq 0: the server numbers them.
    events.map((event) => ({ ...fit(event, limit), seq: 0 })),
  );
};

/** Bytes of a statement that are no bytes of the record: names of columns, ids, the cause. */
const besides = 12_288;
const noHeaders = Buffer.from('{}');

/** @param limit bytes of a statement: in hexadecimal each byte of the record takes two of them */
const fit = (event: NewParkedEvent, limit: number): NewParkedEvent => {
  const room = Math.max(0, Math.floor((limit - besides) / 2));
  const bytesOf = (value: Buffer | null) => value?.length ?? 0;
  const { key, headers, payload } = event;
  if (bytesOf(key) + headers.length + bytesOf(payload) <= room) return event;
  const quarter = Math.floor(room / 4);
  const kept = {
    key: key?.subarray(0, quarter) ?? null,
    // Half of a JSON document is none.
    headers: headers.length > quarter ? noHeaders : headers,
    payload: payload?.subarray(0, room - 2 * quarter) ?? null,
  };
  const cuts = [
    ...(bytesOf(kept.payload) < bytesOf(payload)
      ? [`the first ${bytesOf(kept.payload)} of ${bytesOf(payload)} bytes of its value`]
      : []),
    ...(bytesOf(kept.key) < bytesOf(key) ? [`the first ${quarter} of ${bytesOf(key)} bytes of its key`] : []),
    ...(kept.headers === headers ? [] : [`none of ${headers.length} bytes of headers`]),
  ];
  return { ...event, ...kept, cause: `${event.cause} (kept: ${cuts.join(', ')}; max_allowed_packet takes no more)` };
};

/** How many events are parked; counts no further than `most`. */
export const countParkedTo = async (tx: Transaction, most: number): Promise<number> => {
  const [[found]] = await tx.query<RowDataPacket[]>(
    'SELECT COUNT(*) AS parked FROM (SELECT 1 FROM parked LIMIT ?) AS counted',
    [most],
  );
  return Number(found?.parked);
};

/** Which of these events are parked. */
export const whichParked = async (tx: Transaction, eventIds: readonly string[]): Promise<Set<string>> => {
  if (eventIds.length === 0) return new Set();
  const [found] = await tx.query<RowDataPacket[]>('SELECT event_id AS id FROM parked WHERE event_id IN (?)', [
    eventIds,
  ]);
  return new Set(found.map(({ id }) => String(id)));
};

/** The index is named: a scan of the whole table would wait for locks on other orders' queues. */
const locking = (what: string, where: string) =>
  `SELECT ${what} FROM parked FORCE INDEX (parked_by_correlation) WHERE ${where} ORDER BY correlation_id, seq FOR UPDATE`;

/**
 * Which of these orders have a queue. Locks the queues: a release under way is waited for, and none begins before this transaction ends, so
 * that nothing is put behind a queue that has just run empty.
 */
export const lockQueues = async (tx: Transaction, correlationIds: readonly string[]): Promise<Set<string>> => {
  if (correlationIds.length === 0) return new Set();
  const [found] = await tx.query<RowDataPacket[]>(locking('correlation_id AS id', 'correlation_id IN (?)'), [
    [...correlationIds].sort(),
  ]);
  return new Set(found.map((row) => String(row.id)));
};

/** Locks one order's queue; the first in it is the one that everything waits for. */
export const lockQueue = async (tx: Transaction, correlationId: string): Promise<ParkedEvent[]> => {
  const [found] = await tx.query<RowDataPacket[]>(locking(columns, 'correlation_id = ?'), [correlationId]);
  return found as ParkedEvent[];
};

const columns = `seq, event_id AS eventId, correlation_id AS correlationId, topic, \`partition\`, \`offset\`, \`key\`, headers, payload,
  cause, attempts, parked_at AS parkedAt`;

/** What may change about an event while it is parked. */
export type ParkedChange = Partial<
  Pick<ParkedEvent, 'correlationId' | 'key' | 'headers' | 'payload' | 'cause' | 'attempts'>
>;

const changeable: Readonly<Record<keyof ParkedChange, string>> = {
  correlationId: 'correlation_id',
  key: '`key`',
  headers: 'headers',
  payload: 'payload',
  cause: 'cause',
  attempts: 'attempts',
};

/** Changes an event whose queue is locked; it keeps its place. What does not change is not sent: it may be longer than a statement may be by now. */
export const rewriteParked = async (tx: Transaction, { seq }: ParkedEvent, change: ParkedChange): Promise<void> => {
  const entries = Object.entries(change) as [keyof ParkedChange, unknown][];
  const sql = `UPDATE parked SET ${entries.map(([name]) => `${changeable[name]} = ?`)} WHERE seq = ?`;
  const values = [...entries.map(([, value]) => value), seq];
  for (const statement of inStatements([values], sql.length, statementLimit(tx))) await tx.query(sql, statement[0]);
};

/** Takes an event out of its queue, which is locked. */
export const removeParked = async (tx: Transaction, { seq }: ParkedEvent): Promise<void> => {
  await tx.query<ResultSetHeader>('DELETE FROM parked WHERE seq = ?', [seq]);
};

const kept = `event_id, correlation_id, topic, \`partition\`, \`offset\`, \`key\`, headers, payload, cause, attempts, parked_at`;

/** Writes down what is about to be done with a parked event, and what it is before. Its bytes do not leave the server. */
export const traceParked = async (
  tx: Transaction,
  { seq }: ParkedEvent,
  action: ParkedAction,
  { by, why }: Trace,
  doneAt: Date,
): Promise<void> => {
  await tx.query(
    `INSERT INTO parked_history (action, done_by, why, done_at, parked_seq, ${kept})
     SELECT ?, ?, ?, ?, seq, ${kept} FROM parked WHERE seq = ?`,
    [action, by, why, doneAt, seq],
  );
};

/** Parked events by age, from `after` on; without a lock, for showing. */
export const readParked = async (
  pool: Pool,
  { after, limit, correlationId }: { after: number; limit: number; correlationId?: string | undefined },
): Promise<ParkedEvent[]> => {
  const ofOrder = correlationId === undefined ? '' : 'AND correlation_id = ?';
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT ${columns} FROM parked WHERE seq > ? ${ofOrder} ORDER BY seq LIMIT ?`,
    correlationId === undefined ? [after, limit] : [after, correlationId, limit],
  );
  return found as ParkedEvent[];
};

/** How many events have failed, how many wait behind them, and since when the oldest is parked. */
export const countParked = async (pool: Pool): Promise<{ failed: number; waiting: number; oldest: Date | null }> => {
  const [[found]] = await pool.query<RowDataPacket[]>(
    'SELECT COALESCE(SUM(attempts > 0), 0) AS failed, COALESCE(SUM(attempts = 0), 0) AS waiting, MIN(parked_at) AS oldest FROM parked',
  );
  return { failed: Number(found?.failed), waiting: Number(found?.waiting), oldest: found?.oldest ?? null };
};
