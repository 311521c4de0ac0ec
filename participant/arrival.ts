import { createHash } from 'node:crypto';
import { events } from '@quadrille/contracts/catalogue';
import { claimedOrder, claimedType, claimsOwnSource, decodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import type { Participant } from './decide.ts';
import type { Delivered, Input } from './input.ts';

/**
 * Which records a service passes over: a topic carries all events of its publisher, and a service hears some of them. Nonsense is not passed
 * over, it will be parked.
 */
export const passesOver = ({
  hears,
}: {
  readonly hears: readonly { readonly type: string }[];
}): ((record: Delivered) => boolean) => {
  const heard = new Set<string>(hears.map(({ type }) => type));
  const unheard = new Set(events.map(({ type }) => type).filter((type) => !heard.has(type)));
  return (record) => unheard.has(claimedType(record) ?? '');
};

/** What a service has to decide about a record. Bytes that are no event it hears are refused from the start; nothing is thrown here (K2). */
export const arrive = <State extends object, E extends Event>(
  participant: Participant<State, E>,
  record: Delivered,
): Input<State, E> => {
  let event: E;
  try {
    event = decodeEvent(record.topic, record) as E;
    if (!participant.hears.some(({ type }) => type === event.type))
      throw new Error(`${participant.name} does not hear ${event.type}`);
  } catch (error) {
    const id = idOfBytes(record);
    return {
      name: 'a record that cannot be read',
      // Without an order id it waits alone, and holds nobody.
      correlationId: claimedOrder(record) ?? id,
      traceparent: undefined,
      event: null,
      delivery: { id, record },
      refusal: error,
      recognized: claimsToBeHeard(participant, record),
    };
  }
  return {
    name: event.type,
    correlationId: event.correlationId,
    traceparent: event.traceparent,
    event,
    delivery: { id: event.id, record },
    decide: (state, now) => participant.decide(state, event, now),
  };
};

/** Whether an input is a record that does not even claim to be ours: anybody's bytes, which say nothing about this service or its publishers. */
export const isUnrecognized = <State, E extends Event>(input: Input<State, E>): boolean =>
  'refusal' in input && !input.recognized;

/** Type, topic and source are those of an event that the service hears, whatever the rest of the record. */
const claimsToBeHeard = <State extends object, E extends Event>(
  { hears }: Participant<State, E>,
  record: Delivered,
): boolean => {
  const type = claimedType(record);
  return hears.some((each) => each.type === type && each.topic === record.topic) && claimsOwnSource(record);
};

/**
 * The id by which the inbox knows a record whose own id cannot be believed: a forged one must not use up the id of a true event. Made of
 * its place and its bytes, it is the same at each delivery. UUIDv8; it begins with zeros, so that it is purged with the oldest.
 */
const idOfBytes = ({ topic, partition, offset, key, headers, value }: Delivered): string => {
  const hash = createHash('sha256').update(JSON.stringify([topic, partition, offset, key, headers]));
  const digest = hash.update(value ?? '').digest('hex');
  return `00000000-0000-8${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`;
};
