import { index, int, mysqlTable, primaryKey, text, varchar } from 'drizzle-orm/mysql-core';
import { bytes, integer, utc, uuidText, word } from './columns.ts';

/**
 * Events for Kafka, written in the transaction that changes the state they tell of. Each row holds what is published, byte for byte,
 * and stays for a while after it was (docs/adr/0010). The columns suit Debezium's outbox event router as well (docs/adr/0002).
 */
export const outbox = mysqlTable(
  'outbox',
  {
    seq: integer('seq').autoincrement().primaryKey(),
    id: uuidText('id').notNull(),
    topic: word('topic', { length: 64 }).notNull(),
    type: word('type', { length: 64 }).notNull(),
    version: int('version').notNull(),
    publisher: word('publisher', { length: 32 }).notNull(),
    correlationId: uuidText('correlation_id').notNull(),
    causationId: uuidText('causation_id'),
    traceparent: word('traceparent', { length: 55 }).notNull(),
    time: word('time', { length: 24 }).notNull(),
    payload: bytes('payload').notNull(),
  },
  // The story of one order.
  (table) => [index('outbox_by_correlation').on(table.correlationId)],
);

/** `refused` by Kafka; `waiting` behind a refused one of the same order, or to be published again; the others are the trace of what became of it. */
export type OutboxParkedStatus = 'refused' | 'waiting' | 'published' | 'discarded';

/** Outbox rows that Kafka refuses for good, and the later ones of the same order that wait behind them. */
export const outboxParked = mysqlTable(
  'outbox_parked',
  {
    /** The outbox row. */
    seq: integer('seq').primaryKey(),
    correlationId: uuidText('correlation_id').notNull(),
    status: word('status', { length: 16 }).$type<OutboxParkedStatus>().notNull(),
    /** What Kafka said last; null: never refused itself. */
    cause: text('cause'),
    attempts: int('attempts').notNull(),
    parkedAt: utc('parked_at').notNull(),
    /** Who released or discarded it, why, and when. */
    decidedBy: varchar('decided_by', { length: 128 }),
    why: varchar('why', { length: 255 }),
    decidedAt: utc('decided_at'),
    publishedAt: utc('published_at'),
  },
  (table) => [
    index('outbox_parked_by_status').on(table.status, table.seq),
    index('outbox_parked_by_correlation').on(table.correlationId, table.status),
  ],
);

/** Now and then the relay writes down how far it is: every row below `settledTo` was published by then. The purge goes by it. */
export const outboxMarks = mysqlTable('outbox_marks', {
  at: utc('at').primaryKey(),
  settledTo: integer('settled_to').notNull(),
});

/** The ids of the events this service has processed, written in the transaction of their effects. */
export const inbox = mysqlTable('inbox', {
  eventId: uuidText('event_id').primaryKey(),
  takenAt: utc('taken_at').notNull(),
});

/** What is kept of a record that could not be applied: where it was, and its bytes as they came. */
const record = {
  /** By this the inbox knows it. */
  eventId: uuidText('event_id').notNull(),
  /** Its order; its own event id when the order cannot be known. */
  correlationId: uuidText('correlation_id').notNull(),
  topic: word('topic', { length: 64 }).notNull(),
  partition: int('partition').notNull(),
  offset: integer('offset').notNull(),
  key: bytes('key'),
  /** JSON; a value that is not UTF-8 is `{"base64":...}`. */
  headers: bytes('headers').notNull(),
  payload: bytes('payload'),
  cause: text('cause').notNull(),
  /** How often it failed; 0: it waits behind an earlier event of its order. */
  attempts: int('attempts').notNull(),
  parkedAt: utc('parked_at').notNull(),
};

/** Events that could not be applied, and the later ones of the same order that wait behind them. Empty when all is well. */
export const parked = mysqlTable('parked', { seq: integer('seq').autoincrement().primaryKey(), ...record }, (table) => [
  index('parked_by_correlation').on(table.correlationId, table.seq),
]);

export type ParkedAction = 'edited' | 'released' | 'discarded';

/** What people did with parked events: who, why, when, and the event as it was before. */
export const parkedHistory = mysqlTable(
  'parked_history',
  {
    seq: integer('seq').autoincrement().primaryKey(),
    action: word('action', { length: 16 }).$type<ParkedAction>().notNull(),
    doneBy: varchar('done_by', { length: 128 }).notNull(),
    why: text('why').notNull(),
    doneAt: utc('done_at').notNull(),
    parkedSeq: integer('parked_seq').notNull(),
    ...record,
  },
  (table) => [index('parked_history_by_correlation').on(table.correlationId, table.seq)],
);

/**
 * Why records are kept by their place only. `unrecognized`: they do not claim to be events of ours, and the parking place is full.
 * `unparkable`: the database takes no row with anything of their bytes. `skipped`: an operator has chosen them.
 */
export type SkipKind = 'unrecognized' | 'unparkable' | 'skipped';

/** Records that were passed over, or will be: a range of offsets of one partition, from which Kafka can deliver them again. */
export const skippedRanges = mysqlTable(
  'skipped_ranges',
  {
    seq: integer('seq').autoincrement().primaryKey(),
    kind: word('kind', { length: 16 }).$type<SkipKind>().notNull(),
    topic: word('topic', { length: 64 }).notNull(),
    partition: int('partition').notNull(),
    /** Both ends included. Between them there may be records that were applied. */
    fromOffset: integer('from_offset').notNull(),
    toOffset: integer('to_offset').notNull(),
    /** How many have been passed over so far, and the offset of the last of them: what comes again is not counted again. */
    records: integer('records').notNull().default(0),
    passedTo: integer('passed_to'),
    /** Why the last of them could not be applied; null: there was no attempt yet. */
    cause: text('cause'),
    /** The operator who chose the range, and why; null: the service itself. */
    decidedBy: varchar('decided_by', { length: 128 }),
    why: text('why'),
    createdAt: utc('created_at').notNull(),
    changedAt: utc('changed_at').notNull(),
  },
  (table) => [index('skipped_ranges_by_place').on(table.kind, table.topic, table.partition, table.seq)],
);

/** Partitions whose events the service does not process, because it could apply too few of the last ones. It says so again while that lasts. */
export const halts = mysqlTable(
  'halts',
  {
    topic: word('topic', { length: 64 }).notNull(),
    partition: int('partition').notNull(),
    /** The first and the last of the events that it cannot apply, as far as it has looked. */
    fromOffset: integer('from_offset').notNull(),
    toOffset: integer('to_offset').notNull(),
    cause: text('cause').notNull(),
    since: utc('since').notNull(),
    seenAt: utc('seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.topic, table.partition] })],
);

/**
 * Which relay may publish this outbox, and how far it is. `epoch` grows with each change of hands, so that a relay that lost the lease
 * can mark nothing as published (R5).
 */
export const relayLease = mysqlTable('relay_lease', {
  name: word('name', { length: 16 }).primaryKey(),
  holder: uuidText('holder').notNull(),
  epoch: integer('epoch').notNull(),
  expiresAt: utc('expires_at').notNull(),
  /** Rows up to here are published, but for those in `missing`. */
  publishedTo: integer('published_to').notNull().default(0),
  /** Numbers below that were not there yet when their neighbours were read: `3-5,9`. Their transactions are open, or rolled back. */
  missing: text('missing'),
});
