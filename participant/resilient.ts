import type { Event } from '@quadrille/contracts/event';
import { isOfDatabase, isRefusal } from '@quadrille/db/errors';
import type { Storage } from '@quadrille/db/storage';
import type { Log } from '@quadrille/process/log';
import { applyBatch } from './apply.ts';
import { isUnrecognized } from './arrival.ts';
import type { Wait } from './backoff.ts';
import { type BadShare, TooManyBadEvents } from './bad-share.ts';
import type { Participant } from './decide.ts';
import type { Input, Outcome } from './input.ts';
import { causeOf } from './parked-event.ts';

export type Application<State extends object, E extends Event> = {
  readonly storage: Storage;
  readonly participant: Participant<State, E>;
  readonly log: Pick<Log, 'warn'>;
  /** Its end rejects at shutdown: the events are delivered again after the restart. */
  readonly wait: (attempt: number) => Wait;
  readonly badShare: BadShare;
  /** Told before COMMIT what is about to be parked; so perhaps twice, but never not at all, whatever happens to us or to the answer. */
  readonly parking: (input: Input<State, E>, cause: string) => void;
  /** Told what became of each batch, and of each part of one. */
  readonly committed: (inputs: readonly Input<State, E>[], outcomes: readonly Outcome<State>[]) => void;
  readonly retrying: (attempt: number, cause: string, nextTryInMs: number) => void;
};

/**
 * Applies a batch of events for certain. A database that is away, busy or full is waited for, without end. If a batch fails for another
 * reason, it is halved until the event that fails stands alone; that one is parked. Halves keep their order, so events of one order do.
 * @throws TooManyBadEvents when most of what comes would have to be parked
 */
export const applyForCertain = async <State extends object, E extends Event>(
  app: Application<State, E>,
  inputs: readonly Input<State, E>[],
): Promise<Outcome<State>[]> => {
  const result = await applyWhenPossible(app, inputs);
  if (!('failure' in result)) return result;
  const { failure } = result;
  const [first, ...others] = inputs;
  if (first && others.length === 0)
    return applyForCertain(app, [{ ...first, event: null, refusal: failure, recognized: !isUnrecognized(first) }]);
  app.log.warn({ err: failure, events: inputs.length }, 'a batch failed; halving it to find the event that does');
  const half = Math.ceil(inputs.length / 2);
  return [...(await applyForCertain(app, inputs.slice(0, half))), ...(await applyForCertain(app, inputs.slice(half)))];
};

/** @returns the outcomes, or why it fails although the database is there and willing */
const applyWhenPossible = async <State extends object, E extends Event>(
  app: Application<State, E>,
  inputs: readonly Input<State, E>[],
): Promise<Outcome<State>[] | { readonly failure: unknown }> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const outcomes = await applyBatch(app.storage, app.participant, inputs, (outcomes) => {
        app.badShare.confirm(outcomes);
        outcomes.forEach((outcome, index) => {
          const input = inputs[index];
          if (input && outcome.kind === 'parked') app.parking(input, outcome.cause);
        });
      });
      app.badShare.committed(outcomes);
      app.committed(inputs, outcomes);
      return outcomes;
    } catch (error) {
      if (error instanceof TooManyBadEvents) throw error;
      const ofDatabase = isOfDatabase(error) && !isRefusal(error);
      // An event that is refused already needs nothing but its row in `parked`: if that fails, it is no fault of the event.
      if (!ofDatabase && !inputs.every((input) => 'refusal' in input)) return { failure: error };
      const { ms, over } = app.wait(attempt);
      const cause = causeOf(error);
      app.retrying(attempt, cause, ms);
      app.log.warn(
        { err: error, attempt, nextTryInMs: ms, events: inputs.length },
        `the database is away or busy; trying again: ${cause}`,
      );
      await over();
    }
  }
};
