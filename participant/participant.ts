import { events } from '@quadrille/contracts/catalogue';
import { claimedType, decodeEvent, UndecodableEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import { traceId } from '@quadrille/contracts/trace';
import type { Pool } from '@quadrille/db/connect';
import { createClient } from '@quadrille/kafka/client';
import { type IncomingRecord, startConsumer } from '@quadrille/kafka/consumer';
import { eventFields, type Log } from '@quadrille/process/log';
import { createQueue } from '@quadrille/process/queue';
import { applyBatch, type Input, type Outcome } from './apply.ts';
import { backoff } from './backoff.ts';
import type { Decision, Participant } from './decide.ts';
import { applyForCertain } from './resilient.ts';
import type { Key } from './state.ts';

/** More than this in one transaction saves next to nothing and makes others wait for its locks. */
const batchLimit = 500;

/** An order that a person or a deadline gives: what to decide about it, without an event behind it. */
export type Command<State> = {
  readonly name: string;
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
  /** Rows it concerns that the order id alone does not lead to, by part of the state. */
  readonly keys?: { readonly [Part in keyof State]?: Key };
  readonly decide: (state: State, now: Date) => Decision<State>;
};

export type RunningParticipant<State> = {
  /** Decides commands, many at a time in one transaction; answers the state that each left behind. Rejects when not committed. */
  readonly execute: (command: Command<State>) => Promise<State>;
  readonly isReady: () => boolean;
  readonly stop: () => Promise<void>;
};

export type Surroundings<State> = {
  readonly pool: Pool;
  readonly brokers: readonly string[];
  readonly log: Log;
  /** Kafka's client gave up: end the process. */
  readonly onCrash: (error: Error) => void;
  /** Told after each commit which orders it changed. */
  readonly onCommitted?: (changes: readonly { correlationId: string; state: State }[]) => void;
};

/** Runs a service: consumes what it hears, takes commands, until stopped. */
export const startParticipant = async <State extends object, E extends Event>(
  participant: Participant<State, E>,
  { pool, brokers, log, onCrash, onCommitted }: Surroundings<State>,
): Promise<RunningParticipant<State>> => {
  const stopping = new AbortController();
  const unheard = new Set(
    events.filter(({ type }) => !participant.hears.some((heard) => heard.type === type)).map(({ type }) => type),
  );

  const committed = (inputs: readonly Input<State, E>[], outcomes: readonly Outcome<State>[]) => {
    const changes: { correlationId: string; state: State }[] = [];
    inputs.forEach((input, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'applied') changes.push({ correlationId: input.correlationId, state: outcome.state });
      report(log, participant, input, outcome);
    });
    onCommitted?.(changes);
    return [...outcomes];
  };
  const app = { pool, participant, log, signal: stopping.signal };
  const arrivals = createQueue<Input<State, E>, Outcome<State>>(
    async (inputs) => committed(inputs, await applyForCertain(app, inputs)),
    batchLimit,
  );
  // Its own queue and connection: a person who submits does not wait behind the events.
  const commands = createQueue<Input<State, E>, Outcome<State>>(
    async (inputs) => committed(inputs, await applyBatch(pool, participant, inputs)),
    batchLimit,
  );

  const toInput = (event: E): Input<State, E> => ({
    name: event.type,
    correlationId: event.correlationId,
    event,
    traceparent: event.traceparent,
    decide: (state, now) => participant.decide(state, event, now),
  });

  const handle = async (records: readonly IncomingRecord[]) => {
    const inputs: Input<State, E>[] = [];
    for (const record of records) {
      // A topic carries all events of its publisher; a service hears some of them. Nonsense goes on, to be refused.
      if (unheard.has(claimedType(record) ?? '')) continue;
      inputs.push(toInput((await decode(record, log, stopping.signal)) as E));
    }
    for (let from = 0; from < inputs.length; from += batchLimit)
      await arrivals.add(inputs.slice(from, from + batchLimit));
  };

  const consumer = await startConsumer(createClient(brokers, participant.name, log), {
    groupId: participant.name,
    topics: [...new Set(participant.hears.map((event) => event.topic))],
    handle,
    onCrash,
    log,
  });

  return {
    execute: async ({ name, correlationId, traceparent, keys, decide }) => {
      const [outcome] = await commands.add([{ name, correlationId, event: null, traceparent, keys, decide }]);
      if (outcome?.kind !== 'applied') throw new Error('a command is never a duplicate');
      return outcome.state;
    },
    isReady: consumer.isJoined,
    stop: async () => {
      const waiting = setTimeout(() => stopping.abort(), 5_000);
      await consumer.stop();
      await commands.idle();
      clearTimeout(waiting);
    },
  };
};

/** Bytes that are no event of ours hold their partition, loudly, until someone acts. */
const decode = async (record: IncomingRecord, log: Log, signal: AbortSignal): Promise<Event> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return decodeEvent(record.topic, record);
    } catch (error) {
      if (!(error instanceof UndecodableEvent)) throw error;
      const { topic, partition, offset } = record;
      log.error({ err: error, topic, partition, offset, attempt }, 'a record is not an event of ours; trying again');
      await backoff(attempt, signal);
    }
  }
};

/** One line for each event: what it was, where it left the order, what it made us tell. */
const report = <State extends object, E extends Event>(
  log: Log,
  participant: Participant<State, E>,
  input: Input<State, E>,
  outcome: Outcome<State> | undefined,
) => {
  if (!log.isLevelEnabled('info') || !outcome) return;
  const fields = input.event
    ? eventFields(input.event)
    : { orderId: input.correlationId, ...(input.traceparent ? { traceId: traceId(input.traceparent) } : {}) };
  if (outcome.kind === 'duplicate') return log.debug(fields, `${input.name}: taken in before`);
  const told = outcome.emitted.map(({ type }) => type).join(', ');
  log.info(fields, `${input.name}: ${participant.status(outcome.state)}${told ? ` -> ${told}` : ''}`);
};
