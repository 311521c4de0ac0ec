import { createRequire } from 'node:module';
import type { Log } from '@quadrille/process/log';
import { Kafka, type KafkaConfig, logLevel, Partitioners } from 'kafkajs';
import { createSockets } from './sockets.ts';
import { listUncommitted } from './uncommitted.ts';

/** Waits that grow from 100 ms to 5 s, without end. Given explicitly: kafkajs has other defaults where NODE_ENV is `test` (K9). */
export const retry = {
  initialRetryTime: 100,
  maxRetryTime: 5_000,
  factor: 0.2,
  multiplier: 2,
  retries: Number.MAX_SAFE_INTEGER,
};

/** How a client's connections are opened and how often it tries to; the publisher's clients have their own way. */
export type Connecting = Pick<KafkaConfig, 'socketFactory' | 'retry'>;

/** A kafkajs client that logs through ours. */
export const createClient = (
  brokers: readonly string[],
  clientId: string,
  log: Log,
  connecting: Connecting = { retry },
): Kafka => {
  stopIdleTimers();
  listUncommitted();
  const open = connecting.socketFactory ?? createSockets().open;
  const onAttempt = new Set<() => void>();
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    ...connecting,
    socketFactory: (options) => {
      for (const tell of onAttempt) tell();
      return open(options);
    },
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, log: { message, error, groupId } }) => {
        const fields = { kafka: true, ...(error ? { error } : {}), ...(groupId ? { groupId } : {}) };
        // What a broker answered to a single request is the business of whoever retries it.
        if (level === logLevel.ERROR && !message.startsWith('Response ')) log.warn(fields, message);
        else log.debug(fields, message);
      },
  });
  attempts.set(kafka, onAttempt);
  return kafka;
};

const attempts = new WeakMap<Kafka, Set<() => void>>();

/** Tells of each try to open a connection, of a client made by `createClient`; kafkajs itself does not. */
export const onConnecting = (kafka: Kafka, tell: () => void): void => void attempts.get(kafka)?.add(tell);

export const partitioner = Partitioners.DefaultPartitioner;

type RequestQueue = {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
};

/**
 * kafkajs 2.2.4 re-arms a 1 ms timer on every connection for ever, also when nothing is pending: some 860 wake-ups a second each, and
 * on new Node a TimeoutNegativeWarning (K1, https://github.com/tulios/kafkajs/issues/1751). This guard arms it only when there is
 * something to check.
 */
const stopIdleTimers = () => {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { guarded?: true };
  };
  if (prototype.guarded) return;
  prototype.guarded = true;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this);
  };
};
