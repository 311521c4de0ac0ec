import { readTraceparent, traceId } from '@quadrille/contracts/trace';
import { currentSpan } from '@quadrille/process/tracing/current';
import {
  type Attributes,
  type Begun,
  beginBelow,
  beginSampled,
  beginTrace,
  end,
} from '@quadrille/process/tracing/recorder';
import type { EmittedEvent, Input, Outcome } from './input.ts';

/*
 * What a service does, as spans. Each input that is sampled has one, in the trace of its order, and each event that it emits has one below that:
 * the span which the event's `traceparent` names, so that whoever processes the event goes on there. The transaction of a whole batch
 * is a trace of its own, linked with the spans of its inputs. All are recorded when the outcome is certain; so a try that is repeated leaves
 * no spans of events that never were.
 */

type Begins = Pick<Input<never, never>, 'traceparent' | 'span'>;

/** What a span tells of an input. */
type Traced = Pick<Input<never, never>, 'name' | 'correlationId' | 'delivery' | 'span'>;

/** Begins the span of an event that has arrived. @param traceparent as it came with the event; null: none that can be read */
export const beginDelivery = (traceparent: string | null): Begins => {
  const span = traceparent === null ? null : beginBelow(traceparent);
  return { traceparent: span?.traceparent ?? traceparent ?? undefined, span };
};

/**
 * Begins the span of a command: in its order's trace, if the command knows it, and linked with the HTTP call that gives the command. Otherwise
 * in the trace of that call, or in a new one.
 */
export const beginCommand = (traceparent: string | undefined): Begins => {
  const given = readTraceparent(traceparent);
  const call = currentSpan();
  const isOfCall = call !== undefined && (given === null || traceId(given) === traceId(call));
  const parent = isOfCall ? call : given;
  const links = call === undefined || isOfCall ? [] : [call];
  const span = parent === null ? beginTrace() : beginBelow(parent, links);
  return { traceparent: span?.traceparent ?? parent ?? undefined, span };
};

/** Who processes: a service, and how it comes to it. */
export type Processing = {
  readonly service: string;
  /** An operator has these events processed once more, or after all. */
  readonly redelivery?: 'replay' | 'retry';
  /** When the transaction began (ms of the epoch). */
  readonly from: number;
};

/** What became of the inputs of a transaction that is committed. */
export const recordBatch = (
  processing: Processing,
  inputs: readonly Traced[],
  outcomes: readonly Outcome<unknown>[],
): void => {
  const transaction = recordTransaction(processing, inputs);
  if (transaction === null) return;
  inputs.forEach((input, index) => {
    const outcome = outcomes[index];
    if (!input.span || !outcome) return;
    if (outcome.kind === 'applied')
      for (const event of outcome.emitted) recordEmitted(event, input, input.span.traceparent, processing);
    const links = [...input.span.links, transaction.traceparent];
    end({ ...input.span, links }, { ...toldOf(processing, input, outcome.kind), error: failureOf(outcome) });
  });
};

/** A command that did nothing, and why. */
export const recordFailure = (service: string, input: Traced, cause: string): void => {
  if (input.span) end(input.span, { ...toldOf({ service }, input, 'failed'), error: cause });
};

/** The transaction of some inputs, in a trace of its own. @param error why it was rolled back @returns null when none of them is sampled */
export const recordTransaction = (
  { service, redelivery, from }: Processing,
  inputs: readonly Pick<Traced, 'span'>[],
  error?: string,
): Begun | null => {
  const links = inputs.flatMap(({ span }) => span?.traceparent ?? []);
  if (links.length === 0) return null;
  const span = beginSampled(links, from);
  end(span, {
    name: 'transaction',
    kind: 'client',
    attributes: {
      'db.system.name': 'mysql',
      'db.operation.name': 'transaction',
      'db.operation.batch.size': inputs.length,
      'quadrille.service': service,
      'quadrille.redelivery': redelivery,
      'error.type': error === undefined ? undefined : 'rolled back',
    },
    error,
  });
  return span;
};

const toldOf = (
  { service, redelivery }: Omit<Processing, 'from'>,
  { name, correlationId, delivery }: Traced,
  outcome: string,
) => {
  const failed = outcome === 'parked' || outcome === 'failed';
  const attributes = {
    'quadrille.order.id': correlationId,
    'quadrille.outcome': outcome,
    'quadrille.redelivery': redelivery,
    'error.type': failed ? outcome : undefined,
  };
  if (delivery === null) return { name, kind: 'internal', attributes } as const;
  const { id, record } = delivery;
  return {
    name: `process ${name}`,
    kind: 'consumer',
    attributes: {
      ...attributes,
      ...messaging('process', record.topic, id, correlationId),
      'messaging.consumer.group.name': service,
      'messaging.destination.partition.id': String(record.partition),
      'messaging.kafka.offset': Number(record.offset),
    },
  } as const;
};

/** An event that was stored in the outbox; its span has the id that the event has carried from the start. */
const recordEmitted = (
  { id, type, topic, traceparent }: EmittedEvent,
  { correlationId }: Traced,
  parent: string,
  { from }: Processing,
): void =>
  end(
    { traceparent, parent, from, links: [] },
    { name: `create ${type}`, kind: 'producer', attributes: messaging('create', topic, id, correlationId) },
  );

const failureOf = (outcome: Outcome<unknown>): string | undefined =>
  outcome.kind === 'parked' ? outcome.cause : undefined;

const messaging = (operation: 'create' | 'process', topic: string, id: string, orderId: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.operation.name': operation,
  'messaging.operation.type': operation,
  'messaging.destination.name': topic,
  'messaging.message.id': id,
  'messaging.message.conversation_id': orderId,
  'quadrille.order.id': orderId,
});
