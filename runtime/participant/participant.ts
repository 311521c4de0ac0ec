import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { createClient } from '@quadrille/kafka/client';
import { type IncomingRecord, startConsumer } from '@quadrille/kafka/consumer';
import { groupOf, takeOverGroup } from '@quadrille/kafka/groups';
import type { Log } from '@quadrille/process/log';
import { createQueue } from '@quadrille/process/queue';
import { arriveInTurns } from './arrival.ts';
import { backoff } from './backoff.ts';
import { watchBadShare } from './bad-share.ts';
import { applyCommands, type CommandOutcome } from './commands.ts';
import type { Decision, Participant } from './decide.ts';
import { reportHalts } from './halt.ts';
import type { Input, Outcome } from './input.ts';
import { report, reportParked, reportParking, reportUnknownTypes } from './report.ts';
import { applyForCertain } from './resilient.ts';
import { mostParked } from './skipping.ts';
import type { Key } from './state.ts';
import { createTally, type ParticipantMetrics } from './tally.ts';

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
  readonly metrics: () => ParticipantMetrics;
  readonly stop: () => Promise<void>;
};

export type Surroundings<State> = {
  readonly pool: Pool;
  readonly brokers: readonly string[];
  /** What the name of its consumer group begins with. */
  readonly groupPrefix: string;
  readonly log: Log;
  /** Kafka's client gave up: end the process. */
  readonly onCrash: (error: Error) => void;
  /** Told after each commit which orders it changed. */
  readonly onCommitted?: (changes: readonly { correlationId: string; state: State }[]) => void;
};

/** Runs a service: consumes what it hears, takes commands, until stopped. */
export const startParticipant = async <State extends object, E extends Event>(
  participant: Participant<State, E>,
  { pool, brokers, groupPrefix, log, onCrash, onCommitted }: Surroundings<State>,
): Promise<RunningParticipant<State>> => {
  const stopping = new AbortController();
  const tally = createTally();
  const committed = (inputs: readonly Input<State, E>[], outcomes: readonly Outcome<State>[]) => {
    tally.count(outcomes);
    const changes: { correlationId: string; state: State }[] = [];
    inputs.forEach((input, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'applied') changes.push({ correlationId: input.correlationId, state: outcome.state });
      if (outcome) report(log, participant, input, outcome);
    });
    onCommitted?.(changes);
  };

  const storage = mysqlStorage(pool);
  const badShare = watchBadShare();
  const halting = reportHalts(participant.name, pool, log);
  const app = {
    storage,
    participant,
    log,
    badShare,
    limits: { mostParked },
    halted: halting.halted,
    parking: (input: Input<State, E>, cause: string) => reportParking(log, input, cause),
    committed,
    retrying: tally.retry,
    wait: backoff(stopping.signal),
  };
  const arrivals = createQueue<Input<State, E>, Outcome<State>>((inputs) => applyForCertain(app, inputs), batchLimit);
  // Its own queue and connection: a person who submits does not wait behind the events.
  const commands = createQueue<Input<State, E>, CommandOutcome<State>>(
    (inputs) => applyCommands({ storage, participant }, inputs, committed),
    batchLimit,
  );

  const reportUnknown = reportUnknownTypes(log);
  const decode = arriveInTurns(participant, (type) => {
    tally.passOver();
    reportUnknown(type);
  });
  const handle = async (records: readonly IncomingRecord[]) => {
    const inputs = await decode(records);
    for (let from = 0; from < inputs.length; from += batchLimit)
      await arrivals.add(inputs.slice(from, from + batchLimit));
  };

  void reportParked(log, storage);
  const kafka = createClient(brokers, participant.name, log);
  const groupId = groupOf(groupPrefix, participant.name);
  const topics = [...new Set(participant.hears.map((event) => event.topic))];
  // Releases before this one named the group without a prefix.
  await takeOverGroup(kafka, { groupId, former: participant.name, topics, log });
  const consumer = await startConsumer(kafka, {
    groupId,
    topics,
    handle,
    onCrash,
    log,
  });

  return {
    execute: async ({ name, correlationId, traceparent, keys, decide }) => {
      const [outcome] = await commands.add([
        { name, correlationId, event: null, delivery: null, traceparent, keys, decide },
      ]);
      if (outcome?.kind === 'failed') throw outcome.error;
      if (outcome?.kind !== 'applied') throw new Error('a command is never a duplicate');
      return outcome.state;
    },
    isReady: () => consumer.isJoined() && !halting.isHalted(),
    metrics: tally.read,
    stop: async () => {
      const waiting = setTimeout(() => stopping.abort(), 5_000);
      await consumer.stop();
      await commands.idle();
      clearTimeout(waiting);
    },
  };
};
