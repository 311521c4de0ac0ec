import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { events } from '@quadrille/contracts/catalogue';
import {
  claimedOrder,
  claimedSchemaType,
  claimedTrace,
  claimedType,
  claimsOwnSource,
  decodeEvent,
} from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import type { Participant } from './decide.ts';
import type { Delivered, Input } from './input.ts';
import { encodeHeaders } from './parked-event.ts';
import { beginDelivery } from './spans.ts';

/**
 * Which records a service passes over: those of another type than it subscribes to, be it of ours or an unknown one, which a publisher may
 * emit once it is upgraded. What has no type that can be read is not passed over, nor what is of a type that the service subscribes to by either of
 * the two headers that name it: that will be parked, if it cannot be applied.
 * @param onUnknown called for each record of an unknown type
 */
export const passesOver = (
  { subscribes }: { readonly subscribes: readonly { readonly type: string }[] },
  onUnknown: (type: string) => void = () => {},
): ((record: Delivered) => boolean) => {
  const received = new Set<string | undefined>(subscribes.map(({ type }) => type));
  const known = new Set(events.map(({ type }) => type));
  return (record) => {
    const type = claimedType(record);
    if (record.flaw !== undefined || type === undefined) return false;
    if (received.has(type) || received.has(claimedSchemaType(record))) return false;
    if (!known.has(type)) onUnknown(type);
    return true;
  };
};

/** Bytes and records that are decoded before the event loop has its turn; a record counts as so many bytes at least. */
const atOnce = 524_288;
const leastOfRecord = 200;

/**
 * What a service has to decide of the records of a partition, without those that it passes over. Partitions come one after the other, and
 * the event loop has its turns between: records can be of any size, and thousands of them can come at once.
 */
export const arriveInTurns = <State extends object, E extends Event>(
  participant: Participant<State, E>,
  onUnknown: (type: string) => void,
): ((records: readonly Delivered[]) => Promise<Input<State, E>[]>) => {
  const isPassedOver = passesOver(participant, onUnknown);
  let last = Promise.resolve<unknown>(undefined);
  let bytes = 0;
  const arriveAll = async (records: readonly Delivered[]): Promise<Input<State, E>[]> => {
    const inputs: Input<State, E>[] = [];
    for (const record of records) {
      if (!isPassedOver(record)) inputs.push(arrive(participant, record));
      bytes += leastOfRecord + (record.value?.length ?? 0);
      if (bytes < atOnce) continue;
      await nextTurn();
      bytes = 0;
    }
    return inputs;
  };
  return (records) => {
    const mine = last.then(() => arriveAll(records));
    last = mine;
    return mine;
  };
};

/** What a service has to decide about a record. Bytes that are no event it subscribes to are refused from the start; nothing is thrown here (K2). */
export const arrive = <State extends object, E extends Event>(
  participant: Participant<State, E>,
  record: Delivered,
): Input<State, E> => {
  let event: E;
  try {
    event = decodeEvent(record.topic, record) as E;
    if (!participant.subscribes.some(({ type }) => type === event.type))
      throw new Error(`${participant.name} does not subscribe to ${event.type}`);
  } catch (error) {
    const id = idOfBytes(record);
    return {
      name: 'a record that cannot be read',
      // Without an order id it blocks no other event.
      correlationId: claimedOrder(record) ?? id,
      ...beginDelivery(claimedTrace(record)),
      event: null,
      delivery: { id, record },
      refusal: error,
      recognized: claimsToBeHeard(participant, record),
    };
  }
  return {
    name: event.type,
    correlationId: event.correlationId,
    ...beginDelivery(event.traceparent),
    event,
    delivery: { id: event.id, record },
    decide: (state, now) => participant.decide(state, event, now),
  };
};

/** Whether an input is a record that does not even claim to be ours: anybody's bytes, which say nothing about this service or its publishers. */
export const isUnrecognized = <State, E extends Event>(input: Input<State, E>): boolean =>
  'refusal' in input && !input.recognized;

/** Type, topic and source are those of an event that the service subscribes to, whatever the rest of the record. */
const claimsToBeHeard = <State extends object, E extends Event>(
  { subscribes }: Participant<State, E>,
  record: Delivered,
): boolean => {
  if (record.flaw !== undefined) return false;
  const type = claimedType(record);
  return subscribes.some((each) => each.type === type && each.topic === record.topic) && claimsOwnSource(record);
};

/**
 * The id by which the inbox knows a record whose own id cannot be believed: a forged one must not use up the id of a true event. Made of
 * its place and its bytes, it is the same at each delivery. UUIDv8; it begins with zeros, so that it is purged with the oldest.
 */
const idOfBytes = ({ topic, partition, offset, key, headers, value }: Delivered): string => {
  const hash = createHash('sha256').update(JSON.stringify([topic, partition, offset]));
  const digest = hash
    .update(key ?? '')
    .update(encodeHeaders(headers))
    .update(value ?? '')
    .digest('hex');
  return `00000000-0000-8${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`;
};
