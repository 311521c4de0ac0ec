import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { OutboxRow } from '@quadrille/db/outbox';
import type { Delivered } from '@quadrille/participant/input';

/** An event chosen for a replay, as its service would receive it. */
export type Selected = {
  readonly id: string;
  readonly type: string;
  readonly orderId: string;
  readonly time: string;
  readonly record: Delivered;
};

/** Where a source has come to; JSON. */
export type Cursor = Readonly<Record<string, string | number>>;

/** Hands over the selected events, in an order that keeps each order's events in theirs, from behind the cursor on. */
export type Source = (
  cursor: Cursor | null,
  take: (events: readonly Selected[], cursor: Cursor) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>;

/** An event from an outbox; no partition and no offset are known. */
export const fromRow = (row: OutboxRow): Selected => {
  const { key, ...record } = encodeEvent(row, row.payload);
  return {
    id: row.id,
    type: row.type,
    orderId: row.correlationId,
    time: row.time,
    record: { ...record, key: Buffer.from(key), topic: row.topic, partition: -1, offset: '-1' },
  };
};
