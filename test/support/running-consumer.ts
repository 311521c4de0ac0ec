import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { type IncomingRecord, startConsumer } from '@quadrille/kafka/consumer';
import { backoff } from '@quadrille/participant/backoff';
import type { Participant } from '@quadrille/participant/decide';
import type { createRuntime } from '@quadrille/participant/runtime';
import { createTally, type ParticipantMetrics } from '@quadrille/participant/tally';
import { silentLog } from './log.ts';
import type { ScratchKafka } from './topics.ts';

/** A release of a service: its rules, and the runtime that it was built with. */
export type Release<State extends object, E extends Event> = {
  readonly participant: Participant<State, E>;
  readonly createRuntime: typeof createRuntime;
};

export type RunningConsumer = {
  readonly metrics: () => ParticipantMetrics;
  readonly stop: () => Promise<void>;
};

/**
 * A service that consumes the real topics, which tests share: records of orders that are not this test's are left alone.
 * @param onRecord told of each record of this test, as Kafka delivers it
 */
export const consume = async <State extends object, E extends Event>(
  { participant, createRuntime }: Release<State, E>,
  pool: Pool,
  { kafka }: Pick<ScratchKafka, 'kafka'>,
  options: { groupId: string; orders: ReadonlySet<string>; onRecord?: (record: IncomingRecord) => void },
): Promise<RunningConsumer> => {
  const { groupId, orders, onRecord = () => {} } = options;
  const [tally, log, stopping] = [createTally(), silentLog(), new AbortController()];
  const deps = { storage: mysqlStorage(pool), log, tally, wait: backoff(stopping.signal), halted: async () => {} };
  const { handle } = createRuntime(participant, deps);
  const consumer = await startConsumer(kafka, {
    groupId,
    topics: [...new Set(participant.subscribes.map(({ topic }) => topic))],
    handle: async (records) => {
      const ours = records.filter(({ key }) => orders.has(String(key)));
      ours.forEach(onRecord);
      await handle(ours);
    },
    onCrash: () => {},
    log,
  });
  return {
    metrics: tally.read,
    stop: async () => {
      await consumer.stop();
      stopping.abort();
    },
  };
};
