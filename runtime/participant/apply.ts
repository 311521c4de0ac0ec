import { encodeData } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import { nextSpan } from '@quadrille/contracts/trace';
import type { Storage, UnitOfWork } from '@quadrille/db/storage';
import { isUnrecognized } from './arrival.ts';
import type { Participant } from './decide.ts';
import type { EmittedEvent, Input, Outcome } from './input.ts';
import { describeError, toParked, waitsBehind } from './parked-event.ts';
import { findSkipped, type Limits } from './skipping.ts';
import { type LockedAhead, loadState, lockAhead } from './state.ts';

/**
 * The heart: decides a whole batch in one local transaction. Inbox, state, outbox and what is parked commit together or not at all, so
 * running it twice with the same events changes nothing, and dying anywhere leaves nothing half done. An event that a rule cannot take is
 * parked, later ones of its order behind it, and the rest of the batch takes effect.
 *
 * Every transaction locks in the same order: the queues of parked events, the rows, the inbox. So none waits for another in a circle (R27).
 * While nothing is parked there are no queues, and the rows are locked along with the look into the inbox.
 * @param confirm sees the outcomes before COMMIT; by throwing it undoes them all
 * @param limits on what Kafka delivers; null: all is processed
 * @throws what a command's rule throws, and what the database says; then nothing is done
 */
export const applyBatch = async <State extends object, E extends Event>(
  storage: Storage,
  participant: Participant<State, E>,
  inputs: readonly Input<State, E>[],
  confirm: (outcomes: readonly Outcome<State>[]) => void = () => {},
  limits: Limits | null = null,
): Promise<Outcome<State>[]> => {
  const apply = (isAhead: boolean) =>
    storage.transact(async (unit) => {
      // In one round trip. Rows of duplicates are locked for nothing; there are few.
      const [{ now, taken, anyParked, anySkips }, ahead] = await Promise.all([
        unit.readInbox([...deliveries(inputs)]),
        isAhead ? lockAhead(unit, participant, inputs.filter(isDecidable)) : undefined,
      ]);
      if (anyParked) withParked.add(storage);
      else withParked.delete(storage);
      if (isAhead && anyParked) throw new QueuesFirst();
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

      const decided = await decideAll(unit, participant, inputs, { now, held, fresh, ahead });
      await unit.insertInbox([...deliveries(fresh)], now);
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
  if (withParked.has(storage)) return apply(false);
  try {
    return await apply(true);
  } catch (error) {
    if (error instanceof QueuesFirst) return apply(false);
    throw error;
  }
};

/** Where something was parked at the last look. */
const withParked = new WeakSet<Storage>();

/** Something is parked, and rows are locked already: all is to be done again. */
class QueuesFirst extends Error {
  override readonly name = 'QueuesFirst';
}

function* deliveries<State, E extends Event>(inputs: Iterable<Input<State, E>>): Generator<string> {
  for (const { delivery } of inputs) if (delivery) yield delivery.id;
}

const isDecidable = <State, E extends Event>(input: Input<State, E>): boolean => !('refusal' in input);

const orderOf = ({ correlationId }: { correlationId: string }) => correlationId;

/**
 * Loads the rows, folds the inputs through the rules, writes rows and outbox.
 * @param given.held orders with something parked: their events are not decided. Grows by those that fail here
 * @param given.fresh the inputs to decide; the others are duplicates
 * @param given.ahead rows that are locked already
 */
export const decideAll = async <State extends object, E extends Event>(
  unit: UnitOfWork,
  participant: Participant<State, E>,
  inputs: readonly Input<State, E>[],
  given: { now: Date; held: Set<string>; fresh: ReadonlySet<Input<State, E>>; ahead?: LockedAhead | undefined },
): Promise<Outcome<State>[]> => {
  const { now, held, fresh, ahead } = given;
  const isHeld = ({ delivery, correlationId }: Input<State, E>) => delivery !== null && held.has(correlationId);
  const batch = await loadState(
    unit,
    participant,
    [...fresh].filter((input) => isDecidable(input) && !isHeld(input)),
    ahead,
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
