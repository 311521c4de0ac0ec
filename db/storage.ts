import { randomUUIDv7 } from 'node:crypto';
import type { Pool } from './connect.ts';
import { insertInbox, readInbox } from './inbox.ts';
import { appendToOutbox, type OutboxRow } from './outbox.ts';
import {
  countParkedTo,
  lockQueue,
  lockQueues,
  type NewParkedEvent,
  type ParkedChange,
  type ParkedEvent,
  park,
  removeParked,
  rewriteParked,
  type Trace,
  traceParked,
  whichParked,
} from './parked.ts';
import type { Rows } from './rows.ts';
import { lockSkips, recordSkipped, type Skip, type SkippedRecord } from './skipped.ts';
import type { ParkedAction } from './tables.ts';
import { transact } from './transaction.ts';

/**
 * What the runtime of a service asks of a database, and no more: MySQL here, memory in the simulator. Whatever runs in `transact` must
 * have no effect outside the database, for it may run again.
 */
export type Storage = {
  /** Nothing of what is written stays. */
  readonly isDryRun?: true;
  readonly transact: <Result>(work: (unit: UnitOfWork) => Promise<Result>) => Promise<Result>;
};

type Key = string | number;

/** An open transaction. The function of the same name in this package says what each does. */
export type UnitOfWork = {
  /** An id for an event: unguessable, sorted by time. */
  readonly newId: () => string;
  readonly readInbox: (
    eventIds: readonly string[],
  ) => Promise<{ now: Date; taken: Set<string>; anyParked: boolean; anySkips: boolean }>;
  readonly insertInbox: (eventIds: readonly string[], takenAt: Date) => Promise<void>;
  readonly lock: <Row, K extends Key>(table: Rows<Row, K>, keys: Iterable<K>) => Promise<Row[]>;
  readonly insert: <Row, K extends Key>(table: Rows<Row, K>, rows: readonly Row[]) => Promise<void>;
  readonly update: <Row, K extends Key>(table: Rows<Row, K>, rows: readonly Row[]) => Promise<void>;
  readonly appendToOutbox: (events: readonly Omit<OutboxRow, 'seq'>[]) => Promise<void>;
  readonly lockQueues: (correlationIds: readonly string[]) => Promise<Set<string>>;
  readonly lockQueue: (correlationId: string) => Promise<ParkedEvent[]>;
  readonly park: (events: readonly NewParkedEvent[]) => Promise<void>;
  readonly countParkedTo: (most: number) => Promise<number>;
  readonly whichParked: (eventIds: readonly string[]) => Promise<Set<string>>;
  readonly lockSkips: () => Promise<Skip[]>;
  readonly recordSkipped: (records: readonly SkippedRecord[], now: Date) => Promise<void>;
  readonly rewriteParked: (event: ParkedEvent, change: ParkedChange) => Promise<void>;
  readonly removeParked: (event: ParkedEvent) => Promise<void>;
  readonly traceParked: (event: ParkedEvent, action: ParkedAction, trace: Trace, doneAt: Date) => Promise<void>;
};

export const mysqlStorage = (pool: Pool): Storage => ({
  transact: (work) =>
    transact(pool, (tx) =>
      work({
        newId: randomUUIDv7,
        readInbox: (eventIds) => readInbox(tx, eventIds),
        insertInbox: (eventIds, takenAt) => insertInbox(tx, eventIds, takenAt),
        lock: (table, keys) => table.lock(tx, keys),
        insert: (table, rows) => table.insert(tx, rows),
        update: (table, rows) => table.update(tx, rows),
        appendToOutbox: (events) => appendToOutbox(tx, events),
        lockQueues: (correlationIds) => lockQueues(tx, correlationIds),
        lockQueue: (correlationId) => lockQueue(tx, correlationId),
        park: (events) => park(tx, events),
        countParkedTo: (most) => countParkedTo(tx, most),
        whichParked: (eventIds) => whichParked(tx, eventIds),
        lockSkips: () => lockSkips(tx),
        recordSkipped: (records, now) => recordSkipped(tx, records, now),
        rewriteParked: (event, change) => rewriteParked(tx, event, change),
        removeParked: (event) => removeParked(tx, event),
        traceParked: (event, action, trace, doneAt) => traceParked(tx, event, action, trace, doneAt),
      }),
    ),
});
