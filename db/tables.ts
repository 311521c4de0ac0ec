import { index, int, mysqlTable, text } from 'drizzle-orm/mysql-core';
import { bytes, integer, utc, uuidText, word } from './columns.ts';

/**
 * Events on their way to Kafka, written in the transaction that changes the state they tell of. Each row holds what will be
 * published, byte for byte. The columns suit Debezium's outbox event router as well (docs/adr/0002).
 */
export const outbox = mysqlTable('outbox', {
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
});

/** The ids of the events this service has taken in, written in the transaction of their effects. */
export const inbox = mysqlTable('inbox', {
  eventId: uuidText('event_id').primaryKey(),
  takenAt: utc('taken_at').notNull(),
});

/** Events that could not be applied, and the later ones of the same order that wait behind them. */
export const parked = mysqlTable(
  'parked',
  {
    seq: integer('seq').autoincrement().primaryKey(),
    eventId: word('event_id', { length: 64 }).notNull(),
    correlationId: word('correlation_id', { length: 64 }).notNull(),
    topic: word('topic', { length: 64 }).notNull(),
    partition: int('partition').notNull(),
    offset: integer('offset').notNull(),
    headers: bytes('headers').notNull(),
    payload: bytes('payload').notNull(),
    cause: text('cause').notNull(),
    attempts: int('attempts').notNull(),
    parkedAt: utc('parked_at').notNull(),
  },
  (table) => [index('parked_by_correlation').on(table.correlationId, table.seq)],
);

/** Which relay may empty this outbox. `epoch` grows with each change of hands, so that a relay that lost it cannot delete (R5). */
export const relayLease = mysqlTable('relay_lease', {
  name: word('name', { length: 16 }).primaryKey(),
  holder: uuidText('holder').notNull(),
  epoch: integer('epoch').notNull(),
  expiresAt: utc('expires_at').notNull(),
});
