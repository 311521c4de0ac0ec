import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { isConflict, isUnavailable } from '@quadrille/db/errors';
import { eventFields, type Log } from '@quadrille/process/log';
import { applyBatch, type Input, type Outcome } from './apply.ts';
import { backoff } from './backoff.ts';
import type { Participant } from './decide.ts';

export type Application<State extends object, E extends Event> = {
  readonly pool: Pool;
  readonly participant: Participant<State, E>;
  readonly log: Log;
  /** Aborted at shutdown: ends the waiting for what may never heal. Its events are delivered again after the restart. */
  readonly signal: AbortSignal;
};

/**
 * Applies a batch of events for certain. A database that is away or busy is waited for, without end. If the batch fails for another
 * reason, its events are applied one by one, so that a bad one does not hold the rest.
 */
export const applyForCertain = async <State extends object, E extends Event>(
  app: Application<State, E>,
  inputs: readonly Input<State, E>[],
): Promise<Outcome<State>[]> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyBatch(app.pool, app.participant, inputs);
    } catch (error) {
      const heals = isUnavailable(error) || isConflict(error);
      if (!heals && inputs.length > 1) {
        app.log.warn({ err: error, events: inputs.length }, 'a batch failed; applying its events one by one');
        return oneByOne(app, inputs);
      }
      const event = inputs[0]?.event;
      const fields = { err: error, attempt, events: inputs.length, ...(event && !heals ? eventFields(event) : {}) };
      if (heals) app.log.warn(fields, 'the database is away or busy; trying again');
      else app.log.error(fields, `${inputs[0]?.name} cannot be applied; trying again`);
      await backoff(attempt, app.signal);
    }
  }
};

/** The sound events first, each alone; then the bad ones, again and again. Events of one order keep their order. */
const oneByOne = async <State extends object, E extends Event>(
  app: Application<State, E>,
  inputs: readonly Input<State, E>[],
): Promise<Outcome<State>[]> => {
  const outcomes = new Map<Input<State, E>, Outcome<State>>();
  const stuckOrders = new Set<string>();
  const bad: Input<State, E>[] = [];
  for (const input of inputs) {
    if (stuckOrders.has(input.correlationId)) {
      bad.push(input);
      continue;
    }
    try {
      const [outcome] = await applyBatch(app.pool, app.participant, [input]);
      if (outcome) outcomes.set(input, outcome);
    } catch {
      // Its cause is logged below, where it is tried again.
      stuckOrders.add(input.correlationId);
      bad.push(input);
    }
  }
  for (const input of bad) {
    const [outcome] = await applyForCertain(app, [input]);
    if (outcome) outcomes.set(input, outcome);
  }
  return inputs.map((input) => outcomes.get(input) ?? { kind: 'duplicate' });
};
