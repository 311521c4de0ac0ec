import { randomUUID } from 'node:crypto';
import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event, NewEvent } from '@quadrille/contracts/event';
import { nextSpan } from '@quadrille/contracts/trace';
import type { OutboxRow } from '@quadrille/db/outbox';
import type { Delivered } from '@quadrille/participant/input';

/** An event as its consumer receives it. */
export const received = <Type extends string, Data>(
  correlationId: string,
  event: NewEvent<Type, Data>,
): Event<Type, Data> => ({
  ...event,
  id: randomUUID(),
  time: new Date().toISOString(),
  correlationId,
  causationId: null,
  traceparent: nextSpan(),
});

/** An event as bytes, at some place in Kafka. */
export const recordOf = (event: Event): Delivered => {
  const { key, ...record } = encodeEvent(event, encodeData(event.data));
  return { ...record, key: Buffer.from(key), topic: event.topic, partition: 0, offset: '0' };
};

/** A row for an outbox; what the test does not care about is made up. */
export const outboxRow = (row: Partial<OutboxRow> = {}): Omit<OutboxRow, 'seq'> => ({
  id: randomUUID(),
  topic: 'some-events',
  type: 'something-happened',
  version: 1,
  publisher: 'test',
  correlationId: randomUUID(),
  causationId: null,
  traceparent: nextSpan(),
  time: new Date().toISOString(),
  payload: Buffer.from('{}'),
  ...row,
});
