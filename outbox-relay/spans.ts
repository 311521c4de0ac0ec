import type { OutboxRow } from '@quadrille/db/outbox';
import { messageOf } from '@quadrille/process/errors';
import { type Attributes, beginBelow, beginSampled, end, type Told } from '@quadrille/process/tracing/recorder';
import type { Published } from './publish.ts';

/**
 * Publishes rows, and records that: a span for all of them in a trace of its own, linked with the events that are sampled, and a span for each of
 * these in its own trace. The `traceparent` of an event is part of its bytes, and stays as it is stored.
 */
export const recordSends = async (
  rows: readonly OutboxRow[],
  publish: () => Promise<Published>,
): Promise<Published> => {
  const sends = rows.flatMap((row) => {
    const span = beginBelow(row.traceparent);
    return span ? [{ row, span }] : [];
  });
  if (sends.length === 0) return publish();
  const batch = beginSampled(sends.map(({ row }) => row.traceparent));
  const attributes = { ...send, 'messaging.batch.message_count': rows.length };
  try {
    const result = await publish();
    end(batch, { name: 'send batch', kind: 'client', attributes });
    const parked = new Map(result.parked.map(({ seq, cause }) => [seq, cause ?? 'waits behind an event of its order']));
    for (const { row, span } of sends)
      end({ ...span, links: [batch.traceparent] }, toldOfRow(row, parked.get(row.seq)));
    return result;
  } catch (error) {
    // The rows are published again, and only then have spans of their own.
    const failed = { ...attributes, 'error.type': 'uncertain' };
    end(batch, { name: 'send batch', kind: 'client', attributes: failed, error: messageOf(error) });
    throw error;
  }
};

const send: Attributes = {
  'messaging.system': 'kafka',
  'messaging.operation.name': 'send',
  'messaging.operation.type': 'send',
};

const toldOfRow = ({ id, type, topic, correlationId }: OutboxRow, error: string | undefined): Told => ({
  name: `send ${type}`,
  kind: 'producer',
  attributes: {
    ...send,
    'messaging.destination.name': topic,
    'messaging.message.id': id,
    'messaging.message.conversation_id': correlationId,
    'quadrille.order.id': correlationId,
    'error.type': error === undefined ? undefined : 'not published',
  },
  error,
});
