import type { Event } from '@quadrille/contracts/event';
import type { Storage } from '@quadrille/db/storage';
import { applyBatch } from './apply.ts';
import { arrive, isUnrecognized, passesOver } from './arrival.ts';
import type { Participant } from './decide.ts';
import type { Delivered, Outcome } from './input.ts';
import {
  type Discarded,
  discard,
  type Edit,
  edit,
  type ParkedEvent,
  type Retried,
  retry,
  type Trace,
} from './parked.ts';
import { recordBatch } from './spans.ts';

/** What a service made of an event, or would make of it. `status`: where that leaves the order in this service. */
export type DeliveryResult = Outcome<unknown> & { readonly status?: string | undefined };

/** A parked event, by its order and its number. */
export type ParkedPlace = Pick<ParkedEvent, 'correlationId' | 'seq'>;

/**
 * What a record is to a service. `broken`: it claims to be an event that the service subscribes to, and cannot be read. `unrecognized`: it does
 * not even claim to be one of ours.
 */
export type RecordKind = 'event' | 'broken' | 'unrecognized' | 'not subscribed';

/** A record as a service sees it, before it decides anything. */
export type Judged = {
  readonly kind: RecordKind;
  /** By which its inbox would know it. */
  readonly id: string;
  readonly type: string;
  readonly orderId: string;
};

/** A service for tools that know no service: its own rules, on any storage, without the types of its rows and events. */
export type ServiceHandle = {
  readonly name: string;
  readonly subscribes: ReadonlySet<string>;
  readonly topics: readonly string[];
  readonly judge: (record: Delivered) => Judged;
  /** @param confirm sees what came of the records before it is committed; by throwing it undoes all of it */
  readonly take: (
    storage: Storage,
    records: readonly Delivered[],
    confirm?: (outcomes: readonly Outcome<unknown>[]) => void,
  ) => Promise<DeliveryResult[]>;
  readonly retry: (storage: Storage, correlationId: string, trace: Trace) => Promise<Retried>;
  readonly discard: (
    storage: Storage,
    place: Pick<ParkedPlace, 'correlationId'> & { readonly seqs: readonly number[] },
    trace: Trace,
  ) => Promise<Discarded>;
  readonly edit: (storage: Storage, place: ParkedPlace, change: Edit, trace: Trace) => Promise<ParkedEvent | null>;
};

export const handleOf = <State extends object, E extends Event>(participant: Participant<State, E>): ServiceHandle => ({
  name: participant.name,
  subscribes: new Set(participant.subscribes.map(({ type }) => type)),
  topics: [...new Set(participant.subscribes.map(({ topic }) => topic))],
  judge: (record) => {
    const input = arrive(participant, record);
    const place = { id: input.delivery?.id ?? '', type: input.name, orderId: input.correlationId };
    if (passesOver(participant)(record)) return { ...place, kind: 'not subscribed' };
    if (input.event) return { ...place, kind: 'event' };
    return { ...place, kind: isUnrecognized(input) ? 'unrecognized' : 'broken' };
  },
  take: async (storage, records, confirm) => {
    const inputs = records.map((record) => arrive(participant, record));
    const from = Date.now();
    const outcomes = await applyBatch(storage, participant, inputs, confirm);
    if (!storage.isDryRun) recordBatch({ service: participant.name, redelivery: 'replay', from }, inputs, outcomes);
    return outcomes.map((outcome) =>
      outcome.kind === 'applied' ? { ...outcome, status: participant.status(outcome.state) } : outcome,
    );
  },
  retry: (storage, correlationId, trace) => retry({ storage, participant }, correlationId, trace),
  discard: (storage, place, trace) => discard({ storage }, place, trace),
  edit: (storage, place, change, trace) => edit({ storage, participant }, place, change, trace),
});
