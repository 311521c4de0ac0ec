import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Pool } from './connect.ts';
import type { Trace } from './parked.ts';
import { rowsOf } from './rows.ts';
import { type SkipKind, skippedRanges } from './tables.ts';
import type { Transaction } from './transaction.ts';

export type { SkipKind } from './tables.ts';

/** Records that are kept by their place only. */
export type SkippedRange = typeof skippedRanges.$inferSelect;

/** A range of offsets of one partition, both ends included. */
export type OffsetRange = Pick<SkippedRange, 'topic' | 'partition' | 'fromOffset' | 'toOffset'>;

/** A range that an operator chose, and of which records may still come. */
export type Skip = OffsetRange & Pick<SkippedRange, 'seq'>;

/** A record to keep by its place only. `skip`: the range that it is in, if an operator chose it. */
export type SkippedRecord = {
  readonly kind: SkipKind;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly cause: string | null;
  readonly skip: Skip | null;
};

const rows = rowsOf(skippedRanges, 'seq');

/**
 * Ranges that still have to do with what Kafka delivers. One that is passed by is looked at for an hour more: after a crash its last records
 * come again.
 */
export const mayCome = `kind = 'skipped' AND
  (passed_to IS NULL OR passed_to < to_offset OR changed_at > UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)`;

const columns = `seq, kind, topic, \`partition\`, from_offset AS fromOffset, to_offset AS toOffset, records, passed_to AS passedTo, cause,
  decided_by AS decidedBy, why, created_at AS createdAt, changed_at AS changedAt`;

/** The ranges that operators chose and of which records may still come. Locks them: they are about to be counted. */
export const lockSkips = async (tx: Transaction): Promise<Skip[]> => {
  const [found] = await tx.query<RowDataPacket[]>(
    `SELECT ${columns} FROM skipped_ranges WHERE ${mayCome} ORDER BY seq FOR UPDATE`,
  );
  return found as SkippedRange[];
};

/**
 * Keeps records by their place. Those that one partition brings within an hour are one range, which grows; so a hundred thousand of them cost
 * a row. What comes again is not counted again.
 */
export const recordSkipped = async (tx: Transaction, records: readonly SkippedRecord[], now: Date): Promise<void> => {
  const places = Map.groupBy(records, rangeOf);
  for (const place of [...places.keys()].sort()) await recordRange(tx, places.get(place) ?? [], now);
};

/** What belongs into one range. */
const rangeOf = ({ kind, topic, partition, offset, skip }: SkippedRecord): string =>
  [kind, topic, partition, kind === 'unparkable' ? offset : (skip?.seq ?? '')].join(' ');

const recordRange = async (tx: Transaction, records: readonly SkippedRecord[], now: Date): Promise<void> => {
  const [first] = records;
  if (!first) return;
  const range = await lockRange(tx, first, now);
  const fresh = records.filter(({ offset }) => range?.passedTo == null || offset > range.passedTo);
  const last = fresh.at(-1);
  if (!last) return;
  const { kind, topic, partition, cause } = last;
  if (range) {
    await tx.query<ResultSetHeader>(
      `UPDATE skipped_ranges SET records = records + ?, passed_to = ?, to_offset = GREATEST(to_offset, ?), cause = ?, changed_at = ?
       WHERE seq = ?`,
      [fresh.length, last.offset, last.offset, cause, now, range.seq],
    );
    return;
  }
  const place = { kind, topic, partition, fromOffset: first.offset, toOffset: last.offset };
  const tally = { records: fresh.length, passedTo: last.offset, cause, createdAt: now, changedAt: now };
  // seq 0: the server numbers them.
  await rows.insert(tx, [{ ...place, ...tally, seq: 0, decidedBy: null, why: null }]);
};

/** The range that these records are added to; undefined: none yet. */
const lockRange = async (
  tx: Transaction,
  { kind, topic, partition, offset, skip }: SkippedRecord,
  now: Date,
): Promise<Pick<SkippedRange, 'seq' | 'passedTo'> | undefined> => {
  const hourAgo = new Date(now.getTime() - 3_600_000);
  const [where, values]: [string, unknown[]] = skip
    ? ['seq = ?', [skip.seq]]
    : kind === 'unparkable'
      ? ['kind = ? AND topic = ? AND `partition` = ? AND from_offset = ?', [kind, topic, partition, offset]]
      : ['kind = ? AND topic = ? AND `partition` = ? AND changed_at > ?', [kind, topic, partition, hourAgo]];
  const [found] = await tx.query<RowDataPacket[]>(
    `SELECT seq, passed_to AS passedTo FROM skipped_ranges WHERE ${where} ORDER BY seq DESC LIMIT 1 FOR UPDATE`,
    values,
  );
  return found[0] as SkippedRange | undefined;
};

/** Has the service pass over a range, from its next transaction on. @returns the number of the range */
export const addSkip = async (
  pool: Pool,
  { topic, partition, fromOffset, toOffset }: OffsetRange,
  { by, why }: Trace,
): Promise<number> => {
  const [result] = await pool.query<ResultSetHeader>(
    `INSERT INTO skipped_ranges (kind, topic, \`partition\`, from_offset, to_offset, decided_by, why, created_at, changed_at)
     VALUES ('skipped', ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    [topic, partition, fromOffset, toOffset, by, why],
  );
  return result.insertId;
};

/** All ranges, the latest first; without a lock, for showing. */
export const readSkipped = async (pool: Pool, limit: number): Promise<SkippedRange[]> => {
  const [found] = await pool.query<RowDataPacket[]>(`SELECT ${columns} FROM skipped_ranges ORDER BY seq DESC LIMIT ?`, [
    limit,
  ]);
  return found as SkippedRange[];
};
