import type { Event } from '@quadrille/contracts/event';
import { isOfDatabase, isRefusal } from '@quadrille/db/errors';
import type { Storage } from '@quadrille/db/storage';
import type { Log } from '@quadrille/process/log';
import { applyBatch } from './apply.ts';
import { isUnrecognized } from './arrival.ts';
import type { Wait } from './backoff.ts';
import type { Committed } from './commands.ts';
import type { Participant } from './decide.ts';
import type { FailureRate } from './failure-rate.ts';
import { type Halt, haltAt, TooManyBadEvents } from './halt.ts';
import type { Input, Keep, Outcome } from './input.ts';
import { describeError } from './parked-event.ts';
import type { Limits } from './skipping.ts';
import { recordTransaction } from './spans.ts';

export type Application<State extends object, E extends Event> = {
  readonly storage: Storage;
  readonly participant: Participant<State, E>;
  readonly log: Pick<Log, 'warn'>;
  /** Its end rejects at shutdown: the events are delivered again after the restart. */
  readonly wait: (attempt: number) => Wait;
  readonly failureRate: FailureRate;
  readonly limits: Limits;
  /** Told before COMMIT what is about to be parked; so perhaps twice, but never not at all, whatever happens to us or to the answer. */
  readonly parking: (input: Input<State, E>, cause: string) => void;
  readonly committed: Committed<State, E>;
  readonly retrying: (attempt: number, cause: string, nextTryInMs: number) => void;
  /** Told at each try that most events are bad, so that none is processed; null: it goes on. */
  readonly halted: (halt: Halt | null, attempt: number) => Promise<void>;
};

/**
 * Applies a batch of events for certain. A database that is away, busy or full is waited for, without end. If a batch fails for another
 * reason, it is halved until the event that fails stands alone; that one is parked, and where the database does not take all of it, as much of
 * it as it takes. Halves keep their order, so events of one order do. When most of what comes would have to be parked, it waits until an
 * operator has had some of it skipped, or discarded what is parked.
 */
export const applyForCertain = async <State extends object, E extends Event>(
  app: Application<State, E>,
  inputs: readonly Input<State, E>[],
): Promise<Outcome<State>[]> => {
  const result = await applyWhenPossible(app, inputs);
  if (!('failure' in result)) return result;
  const { failure } = result;
  const [first, ...others] = inputs;
  if (first && others.length === 0) return applyForCertain(app, [refuse(app, first, failure)]);
  app.log.warn({ err: failure, events: inputs.length }, 'a batch failed; halving it to find the event that does');
  const half = Math.ceil(inputs.length / 2);
  return [...(await applyForCertain(app, inputs.slice(0, half))), ...(await applyForCertain(app, inputs.slice(half)))];
};

/** What to keep of an event when so much of it could not be written. */
const less: Readonly<Record<Keep, Keep>> = {
  all: 'beginning',
  beginning: 'no bytes',
  'no bytes': 'place',
  place: 'place',
};

/** An event that cannot be applied, and for which there may be no room even in `parked`. */
const refuse = <State extends object, E extends Event>(
  { log }: Application<State, E>,
  input: Input<State, E>,
  failure: unknown,
): Input<State, E> => {
  if (!('refusal' in input)) return { ...input, event: null, refusal: failure, recognized: !isUnrecognized(input) };
  const keep = less[input.keep ?? 'all'];
  log.warn({ err: failure, eventId: input.delivery?.id }, `an event cannot be parked as it is; keeping of it: ${keep}`);
  return { ...input, keep };
};

/** @returns the outcomes, or why it fails although the database is there and willing */
const applyWhenPossible = async <State extends object, E extends Event>(
  app: Application<State, E>,
  inputs: readonly Input<State, E>[],
): Promise<Outcome<State>[] | { readonly failure: unknown }> => {
  let halt: Halt | null = null;
  let isTold = false;
  for (let attempt = 1; ; attempt++) {
    const from = Date.now();
    try {
      if (halt) await forgetSettled(app);
      const confirm = (outcomes: readonly Outcome<State>[]) => {
        const share = app.failureRate.exceeds(outcomes);
        if (share) throw new TooManyBadEvents(haltAt(app.participant.name, share, inputs, outcomes));
        outcomes.forEach((outcome, index) => {
          const input = inputs[index];
          if (input && outcome.kind === 'parked') app.parking(input, outcome.cause);
        });
      };
      const began = performance.now();
      const outcomes = await applyBatch(app.storage, app.participant, inputs, confirm, app.limits);
      const tookMs = performance.now() - began;
      app.failureRate.committed(inputs, outcomes);
      app.committed(inputs, outcomes, { from, tookMs });
      if (isTold) await app.halted(null, attempt);
      return outcomes;
    } catch (error) {
      if (error instanceof TooManyBadEvents) {
        halt = error.halt;
        // The first time it looks whether what was bad is still there.
        if (attempt === 1) continue;
        isTold = true;
        await app.halted(halt, attempt - 1);
        await app.wait(attempt - 1).over();
        continue;
      }
      const ofDatabase = isOfDatabase(error) && !isRefusal(error);
      // Of an event whose place alone cannot be written nothing is left to leave out.
      if (!ofDatabase && !inputs.every((input) => 'refusal' in input && input.keep === 'place'))
        return { failure: error };
      const { ms, over } = app.wait(attempt);
      const cause = describeError(error);
      app.retrying(attempt, cause, ms);
      recordTransaction({ service: app.participant.name, from }, inputs, cause);
      app.log.warn(
        { err: error, attempt, nextTryInMs: ms, events: inputs.length },
        `the database is away or busy; trying again: ${cause}`,
      );
      await over();
    }
  }
};

/** Bad events that operators have released or discarded meanwhile say nothing any more. */
const forgetSettled = async <State extends object, E extends Event>({
  storage,
  failureRate,
}: Application<State, E>): Promise<void> => {
  const bad = failureRate.bad();
  if (bad.length === 0) return;
  const parked = await storage.transact((unit) => unit.whichParked(bad));
  failureRate.forget(new Set(bad.filter((id) => !parked.has(id))));
};
