import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { createClient } from '@quadrille/kafka/client';
import { type RunningConsumer, startConsumer } from '@quadrille/kafka/consumer';
import { groupOf, takeOverGroup } from '@quadrille/kafka/groups';
import type { Log } from '@quadrille/process/log';
import { backoff } from './backoff.ts';
import type { Participant } from './decide.ts';
import { reportHalts } from './halt.ts';
import { reportParked } from './report.ts';
import { createRuntime, type Runtime, type RuntimeDeps } from './runtime.ts';
import { createTally, type ParticipantMetrics } from './tally.ts';

export type RunningParticipant<State> = Pick<Runtime<State>, 'execute'> & {
  readonly isReady: () => boolean;
  readonly metrics: () => ParticipantMetrics;
  readonly stop: () => Promise<void>;
};

export type ParticipantDeps<State> = Pick<RuntimeDeps<State>, 'onCommitted'> & {
  readonly pool: Pool;
  readonly brokers: readonly string[];
  /** What the name of its consumer group begins with. */
  readonly groupPrefix: string;
  readonly log: Log;
  /** Kafka's client gave up: end the process. */
  readonly onCrash: (error: Error) => void;
};

/** Of a service that subscribes to nothing: it only publishes, and the relay does that. */
const noConsumer: RunningConsumer = { isJoined: () => true, stop: async () => {} };

/** Runs a service on MySQL and Kafka until it is stopped. */
export const startParticipant = async <State extends object, E extends Event>(
  participant: Participant<State, E>,
  { pool, brokers, groupPrefix, log, onCrash, onCommitted }: ParticipantDeps<State>,
): Promise<RunningParticipant<State>> => {
  const stopping = new AbortController();
  const tally = createTally();
  const storage = mysqlStorage(pool);
  const halting = reportHalts(participant.name, pool, log);
  const runtime = createRuntime(participant, {
    ...{ storage, log, tally },
    wait: backoff(stopping.signal),
    halted: halting.halted,
    ...(onCommitted && { onCommitted }),
  });

  void reportParked(log, storage);
  const consume = async (topics: readonly string[]): Promise<RunningConsumer> => {
    const kafka = createClient(brokers, participant.name, log);
    const groupId = groupOf(groupPrefix, participant.name);
    // Releases before this one named the group without a prefix.
    await takeOverGroup(kafka, { groupId, former: participant.name, topics, log });
    return startConsumer(kafka, { groupId, topics, handle: runtime.handle, onCrash, log });
  };
  const topics = [...new Set(participant.subscribes.map((event) => event.topic))];
  const consumer = topics.length > 0 ? await consume(topics) : noConsumer;

  return {
    execute: runtime.execute,
    isReady: () => consumer.isJoined() && !halting.isHalted(),
    metrics: tally.read,
    stop: async () => {
      const waiting = setTimeout(() => stopping.abort(), 5_000);
      await consumer.stop();
      await runtime.idle();
      clearTimeout(waiting);
    },
  };
};
