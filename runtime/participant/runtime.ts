import type { Event } from '@quadrille/contracts/event';
import type { Storage } from '@quadrille/db/storage';
import { callDeadline } from '@quadrille/process/deadline';
import type { Log } from '@quadrille/process/log';
import { createQueue, type Queue } from '@quadrille/process/queue';
import { arriveInTurns } from './arrival.ts';
import type { Wait } from './backoff.ts';
import { applyCommands, type CommandOutcome, type Committed } from './commands.ts';
import type { Decision, Participant } from './decide.ts';
import { watchFailureRate } from './failure-rate.ts';
import type { Halt } from './halt.ts';
import type { Delivered, Input, Outcome } from './input.ts';
import type { BatchKind, CommittedBatch } from './measure-batches.ts';
import { leaveOutOverdue, type Timely } from './overdue.ts';
import { describeError } from './parked-event.ts';
import { reportBatch, reportParking, reportUnknownTypes } from './report.ts';
import { applyForCertain } from './resilient.ts';
import { mostParked } from './skipping.ts';
import { beginCommand, recordBatch, recordFailure } from './spans.ts';
import type { Key } from './state.ts';
import type { Tally } from './tally.ts';

/** More than this in one transaction saves next to nothing and makes others wait for its locks. */
const batchLimit = 500;

/** A command from a user or a deadline: what to decide about an order without an event. */
export type Command<State> = {
  readonly name: string;
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
  /** Rows it concerns that the order id alone does not lead to, by part of the state. */
  readonly keys?: { readonly [Part in keyof State]?: Key };
  readonly decide: (state: State, now: Date) => Decision<State>;
};

/** An order that a commit has changed, and the state in which that left it. */
export type Change<State> = {
  readonly correlationId: string;
  readonly state: State;
  readonly traceparent: string | undefined;
};

export type RuntimeDeps<State> = {
  readonly storage: Storage;
  readonly log: Pick<Log, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>;
  readonly tally: Tally;
  /** How long to wait before the next try. */
  readonly wait: (attempt: number) => Wait;
  /** Told at each try that most events are bad, so that none is applied; null: it goes on. */
  readonly halted: (halt: Halt | null, attempt: number) => Promise<void>;
  /** Told after each commit which orders it changed. */
  readonly onCommitted?: (changes: readonly Change<State>[]) => void;
  /** Told of each commit, for metrics. */
  readonly measure?: <E extends Event>(batch: CommittedBatch<State, E>) => void;
  /** Puts what comes at the same time into batches. The simulator, where everything has its own turn, runs each at once. */
  readonly inBatches?: <Item, Result>(
    run: (items: readonly Item[]) => Promise<Result[]>,
    limit: number,
  ) => Pick<Queue<Item, Result>, 'add' | 'idle'>;
};

export type Runtime<State> = {
  /** Applies records for certain: when it resolves, their effects are committed, or they are parked. */
  readonly handle: (records: readonly Delivered[]) => Promise<void>;
  /**
   * Decides commands, many at a time in one transaction; answers the state that each left behind. Rejects when not committed, and with
   * Overdue when whoever called stopped waiting before it was begun.
   */
  readonly execute: (command: Command<State>) => Promise<State>;
  /** Resolves when no command is under way. */
  readonly idle: () => Promise<void>;
};

/** A service's rules at work on any storage: what every instance does, in production and in the simulator. */
export const createRuntime = <State extends object, E extends Event>(
  participant: Participant<State, E>,
  { storage, log, tally, wait, halted, onCommitted, measure, inBatches = createQueue }: RuntimeDeps<State>,
): Runtime<State> => {
  const tellChanges = (inputs: readonly Input<State, E>[], outcomes: readonly Outcome<State>[]): void => {
    const changes: Change<State>[] = [];
    inputs.forEach((input, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'applied') {
        const { correlationId, traceparent } = input;
        changes.push({ correlationId, traceparent, state: outcome.state });
      }
    });
    reportBatch(log, participant, inputs, outcomes);
    onCommitted?.(changes);
  };
  const committedAs =
    (kind: BatchKind): Committed<State, E> =>
    (inputs, outcomes, { from, tookMs }) => {
      tally.count(outcomes);
      measure?.({ kind, inputs, outcomes, tookMs });
      recordBatch({ service: participant.name, from }, inputs, outcomes);
      tellChanges(inputs, outcomes);
    };
  const events = {
    ...{ storage, participant, log, halted, wait },
    committed: committedAs('events'),
    failureRate: watchFailureRate(),
    limits: { mostParked },
    parking: (input: Input<State, E>, cause: string) => reportParking(log, input, cause),
    retrying: tally.retry,
  };
  const arrivals = inBatches<Input<State, E>, Outcome<State>>((inputs) => applyForCertain(events, inputs), batchLimit);
  // A queue and a connection of their own: a user who submits does not wait behind the events.
  const commands = inBatches<Timely<Input<State, E>>, CommandOutcome<State>>(
    leaveOutOverdue(
      (inputs) => applyCommands({ storage, participant }, inputs, committedAs('commands')),
      (error) => ({ kind: 'failed', error }),
    ),
    batchLimit,
  );
  const reportUnknown = reportUnknownTypes(log);
  const decode = arriveInTurns(participant, (type) => {
    tally.passOver();
    reportUnknown(type);
  });
  return {
    handle: async (records) => {
      const inputs = await decode(records);
      for (let from = 0; from < inputs.length; from += batchLimit)
        await arrivals.add(inputs.slice(from, from + batchLimit));
    },
    execute: async ({ name, correlationId, traceparent, keys, decide }) => {
      const item: Input<State, E> = {
        ...{ name, correlationId, event: null, delivery: null, keys, decide },
        ...beginCommand(traceparent),
      };
      const [outcome] = await commands.add([{ item, deadline: callDeadline() }]);
      if (outcome?.kind === 'failed') {
        recordFailure(participant.name, item, describeError(outcome.error));
        throw outcome.error;
      }
      if (outcome?.kind !== 'applied') throw new Error('a command is never a duplicate');
      return outcome.state;
    },
    idle: commands.idle,
  };
};
