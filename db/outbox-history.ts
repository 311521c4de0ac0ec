import type { RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import { type OutboxRow, outboxColumns } from './outbox.ts';
import { readProgress, unpublished } from './outbox-progress.ts';

/** An event that was published, without its payload. */
export type PublishedEvent = Pick<OutboxRow, 'seq' | 'id' | 'topic' | 'type' | 'time' | 'correlationId'>;

/**
 * Kept rows that were published, in their order: neither those that are still to be, nor what is parked or discarded.
 * @param after the last seq seen so far; 0 at the beginning
 * @param upTo the last seq that is looked at
 * @param since leaves out what was made before
 */
export const readPublished = async (
  pool: Pool,
  options: { after: number; upTo: number; since: Date | null; limit: number },
): Promise<PublishedEvent[]> => {
  const { after, upTo, since, limit } = options;
  const open = unpublished(await readProgress(pool));
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT o.seq, o.id, o.topic, o.type, o.time, o.correlation_id AS correlationId FROM outbox o
     LEFT JOIN outbox_parked p ON p.seq = o.seq AND p.status <> 'published'
     WHERE o.seq > ? AND o.seq <= ? AND NOT (${open}) AND p.seq IS NULL AND o.time >= ?
     ORDER BY o.seq LIMIT ?`,
    [after, upTo, since?.toISOString() ?? '', limit],
  );
  return found as PublishedEvent[];
};

/** Whole rows by their numbers, in their order; those purged meanwhile are missing. */
export const readOutboxRows = async (pool: Pool, seqs: readonly number[]): Promise<OutboxRow[]> => {
  if (seqs.length === 0) return [];
  const [found] = await pool.query<RowDataPacket[]>(
    `SELECT ${outboxColumns('o')} FROM outbox o WHERE o.seq IN (?) ORDER BY o.seq`,
    [seqs],
  );
  return found as OutboxRow[];
};

/** Which of these events an inbox has processed. */
export const findTaken = async (pool: Pool, ids: readonly string[]): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const [found] = await pool.query<RowDataPacket[]>('SELECT event_id AS id FROM inbox WHERE event_id IN (?)', [ids]);
  return new Set(found.map(({ id }) => id));
};

/** The latest events that were published, the latest first. @param longest how old (ms) they are at most, by the database's clock */
export const readRecentlyPublished = async (
  pool: Pool,
  { most, longest }: { most: number; longest: number },
): Promise<PublishedEvent[]> => {
  const open = unpublished(await readProgress(pool));
  const [found] = await pool.query<(RowDataPacket & PublishedEvent & { readonly isRecent: number })[]>(
    `SELECT r.*, r.time >= DATE_FORMAT(UTC_TIMESTAMP(3) - INTERVAL ? * 1000 MICROSECOND, '%Y-%m-%dT%H:%i:%s.%fZ') AS isRecent FROM (
       SELECT o.seq, o.id, o.topic, o.type, o.time, o.correlation_id AS correlationId FROM outbox o
       LEFT JOIN outbox_parked p ON p.seq = o.seq AND p.status <> 'published'
       WHERE NOT (${open}) AND p.seq IS NULL ORDER BY o.seq DESC LIMIT ?) r`,
    [longest, most],
  );
  return found.filter(({ isRecent }) => isRecent).map(({ isRecent: _, ...event }) => event);
};
