import type { Envelope } from '@quadrille/contracts/cloudevents';
import { rowsOf } from './rows.ts';
import { outbox } from './tables.ts';
import type { Transaction } from './transaction.ts';

/** An event as the outbox keeps it. `seq` is the order of insertion, which for one order id is the order of commit. */
export type OutboxRow = Envelope & { readonly seq: number; readonly payload: Buffer };

const rows = rowsOf(outbox, 'seq');

/** The columns of an `OutboxRow`, of the table by this alias. */
export const outboxColumns = (alias: string): string =>
  [
    ...['seq', 'id', 'topic', 'type', 'version', 'publisher', 'traceparent', 'time', 'payload'].map(
      (name) => `${alias}.${name}`,
    ),
    `${alias}.correlation_id AS correlationId`,
    `${alias}.causation_id AS causationId`,
  ].join(', ');

/**
 * Stores events to publish, in the transaction that makes them true. The caller must hold the lock on the rows of their orders:
 * only then is insertion order commit order for each order id (R1).
 */
export const appendToOutbox = (tx: Transaction, events: readonly Omit<OutboxRow, 'seq'>[]): Promise<void> =>
  // seq 0: the server numbers them.
  rows.insert(
    tx,
    events.map((event) => ({ ...event, seq: 0 })),
  );
