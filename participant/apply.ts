import { encodeData } from '@quadrille/contracts/cloudevents';
import type { Event, NewEvent } from '@quadrille/contracts/event';
import { nextSpan } from '@quadrille/contracts/trace';
import type { Pool } from '@quadrille/db/connect';
import { lookIntoInbox, recordInInbox } from '@quadrille/db/inbox';
import { appendToOutbox } from '@quadrille/db/outbox';
import { transact } from '@quadrille/db/transaction';
import { v7 as uuidv7 } from 'uuid';
import type { Decision, Participant } from './decide.ts';
import { type Key, loadState } from './state.ts';

/** One thing to decide: an event that arrived, or a command (event null) that a person or a deadline gave. */
export type Input<State, E extends Event> = {
  /** The event's type, or the command's name: for the log. */
  readonly name: string;
  readonly correlationId: string;
  readonly event: E | null;
  readonly traceparent: string | undefined;
  /** Rows that a command names itself, by part of the state. */
  readonly keys?: Readonly<Partial<Record<string, Key>>> | undefined;
  readonly decide: (state: State, now: Date) => Decision<State>;
};

/** What became of an input. `duplicate`: its event had been taken in before, nothing was done. */
export type Outcome<State> =
  | { readonly kind: 'applied'; readonly state: State; readonly emitted: readonly NewEvent[] }
  | { readonly kind: 'duplicate' };

const duplicate = { kind: 'duplicate' } as const;

/**
 * The heart: decides a whole batch in one local transaction. Inbox, state and outbox commit together or not at all, so running it
 * twice with the same events changes nothing, and dying anywhere leaves nothing half done.
 */
export const applyBatch = <State extends object, E extends Event>(
  pool: Pool,
  participant: Participant<State, E>,
  inputs: readonly Input<State, E>[],
): Promise<Outcome<State>[]> =>
  transact(pool, async (tx) => {
    const { now, taken } = await lookIntoInbox(tx, [...eventIds(inputs)]);
    const isFresh = (input: Input<State, E>) => {
      if (input.event === null) return true;
      if (taken.has(input.event.id)) return false;
      taken.add(input.event.id);
      return true;
    };
    const fresh = new Set(inputs.filter(isFresh));
    await recordInInbox(tx, [...eventIds(fresh)], now);

    const batch = await loadState(tx, participant, [...fresh]);
    const outgoing: Parameters<typeof appendToOutbox>[1][number][] = [];
    const outcomes = inputs.map((input): Outcome<State> => {
      if (!fresh.has(input)) return duplicate;
      const decision = input.decide(batch.of(input), now);
      if (decision.state) batch.put(decision.state);
      const emitted = decision.emit ?? [];
      for (const event of emitted) outgoing.push(envelop(event, input, now));
      return { kind: 'applied', state: { ...batch.of(input), ...decision.state }, emitted };
    });
    await batch.save(tx);
    await appendToOutbox(tx, outgoing);
    return outcomes;
  });

function* eventIds<State, E extends Event>(inputs: Iterable<Input<State, E>>): Generator<string> {
  for (const { event } of inputs) if (event) yield event.id;
}

const envelop = <State, E extends Event>(event: NewEvent, input: Input<State, E>, now: Date) => ({
  id: uuidv7(),
  topic: event.topic,
  type: event.type,
  version: event.version,
  publisher: event.publisher,
  correlationId: input.correlationId,
  causationId: input.event?.id ?? null,
  traceparent: nextSpan(input.traceparent),
  time: now.toISOString(),
  payload: encodeData(event.data),
});
