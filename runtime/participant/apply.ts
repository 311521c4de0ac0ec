import { encodeData } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import { nextSpan } from '@quadrille/contracts/trace';
import type { Storage, UnitOfWork } from '@quadrille/db/storage';
import { isUnrecognized } from './arrival.ts';
import type { Participant } from './decide.ts';
import type { EmittedEvent, Input, Outcome } from './input.ts';
import { describeError, toParked, waitsBehind } from './parked-event.ts';
import { findSkipped, type Limits } from './skipping.ts';
import { loadState } from './state.ts';

/**
 * The heart: decides a whole batch in one local transaction. Inbox, state, outbox and what is parked commit together or not at all, so
 * running it twice with the same events changes nothing, and dying anywhere leaves nothing half done. An event that a rule cannot take is
 * parked, later ones of its order behind it, and the rest of the batch takes effect.
 * @param confirm sees the outcomes before COMMIT; by throwing it undoes them all
 * @param limits on what Kafka delivers; null: all is processed
 * @throws what a command's rule throws, and what the database says; then nothing is done
 */
export const applyBatch = <State extends object, E extends Event>(
  storage: Storage,
  participant: Participant<State, E>,
  inputs: readonly Input<State, E>[],
  confirm: (outcomes: readonly Outcome<State>[]) => void = () => {},
  limits: Limits | null = null,
): Promise<Outcome<State>[]> =>
  storage.transact(async (unit) => {
    const { now, taken, anyParked, anySkips } = await unit.readInbox([...deliveries(inputs)]);
    const isFresh = ({ delivery }: Input<State, E>) => {
      if (delivery === null) return true;
      if (taken.has(delivery.id)) return false;
      taken.add(delivery.id);
      return true;
    };
    const fresh = new Set(inputs.filter(isFresh));
    const skipped = limits && (await findSkipped(unit, fresh, { ...limits, anySkips }));
    // The inbox does not know them from then: they can be replayed.
    for (const input of skipped?.keys() ?? []) fresh.delete(input);
    const arrived = [...fresh].filter(({ delivery }) => delivery !== null);
    const held = anyParked ? await unit.lockQueues([...new Set(arrived.map(orderOf))]) : new Set<string>();
    await unit.insertInbox([...deliveries(fresh)], now);

    const decided = await decideAll(unit, participant, inputs, { now, held, fresh });
    const outcomes = inputs.map((input, index): Outcome<State> => {
      const skip = skipped?.get(input);
      return skip ? { kind: 'skipped', by: skip.kind, cause: skip.cause } : (decided[index] ?? { kind: 'duplicate' });
    });
    const parkedRows = inputs.flatMap((input, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'parked') return toParked(input, outcome.cause, 1, now);
      return outcome?.kind === 'waiting' ? toParked(input, waitsBehind, 0, now) : [];
    });
    await unit.park(parkedRows);
    await unit.recordSkipped([...(skipped?.values() ?? [])], now);
    confirm(outcomes);
    return outcomes;
  });

function* deliveries<State, E extends Event>(inputs: Iterable<Input<State, E>>): Generator<string> {
  for (const { delivery } of inputs) if (delivery) yield delivery.id;
}

const orderOf = ({ correlationId }: { correlationId: string }) => correlationId;

/**
 * Loads the rows, folds the inputs through the rules, writes rows and outbox.
 * @param given.held orders with something parked: their events are not decided. Grows by those that fail here
 * @param given.fresh the inputs to decide; the others are duplicates
 */
export const decideAll = async <State extends object, E extends Event>(
  unit: UnitOfWork,
  participant: Participant<State, E>,
  inputs: readonly Input<State, E>[],
  { now, held, fresh }: { now: Date; held: Set<string>; fresh: ReadonlySet<Input<State, E>> },
): Promise<Outcome<State>[]> => {
  const isHeld = ({ delivery, correlationId }: Input<State, E>) => delivery !== null && held.has(correlationId);
  const batch = await loadState(
    unit,
    participant,
    [...fresh].filter((input) => !('refusal' in input) && !isHeld(input)),
  );
  const outgoing: OutgoingEvent[] = [];
  const outcomes = inputs.map((input): Outcome<State> => {
    if (!fresh.has(input)) return { kind: 'duplicate' };
    if (isHeld(input)) return { kind: 'waiting' };
    try {
      if ('refusal' in input) throw input.refusal;
      const decision = input.decide(batch.of(input), now);
      const emitted = (decision.emit ?? []).map((event) => ({
        ...event,
        id: unit.newId(),
        traceparent: nextSpan(input.traceparent),
      }));
      const envelopes = emitted.map((event) => envelop(event, input, now));
      // From here on nothing throws: a rule that fails leaves no trace in the batch.
      outgoing.push(...envelopes);
      if (decision.state) batch.put(decision.state);
      return { kind: 'applied', state: { ...batch.of(input), ...decision.state }, emitted };
    } catch (error) {
      if (input.delivery === null) throw error;
      held.add(input.correlationId);
      return { kind: 'parked', cause: describeError(error), recognized: !isUnrecognized(input) };
    }
  });
  await batch.save(unit);
  await unit.appendToOutbox(outgoing);
  return outcomes;
};

type OutgoingEvent = Parameters<UnitOfWork['appendToOutbox']>[0][number];

const envelop = <State, E extends Event>(event: EmittedEvent, input: Input<State, E>, now: Date): OutgoingEvent => ({
  id: event.id,
  topic: event.topic,
  type: event.type,
  version: event.version,
  publisher: event.publisher,
  correlationId: input.correlationId,
  causationId: input.event?.id ?? null,
  traceparent: event.traceparent,
  time: now.toISOString(),
  payload: encodeData(event.data),
});
