import { createRequire } from 'node:module';
import type { Log } from '@quadrille/process/log';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { replaceParts } from './kafkajs-parts.ts';
import { createSockets, thrownAway } from './sockets.ts';

replaceParts();

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
  const socketFactory = connecting.socketFactory ?? createSockets().open;
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    ...connecting,
    socketFactory,
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, log: { message, error, groupId, topic, partition } }) => {
        const fields = {
          kafka: true,
          ...(error ? { error } : {}),
          ...(groupId ? { groupId } : {}),
          ...(topic ? { topic, partition } : {}),
        };
        // An error of a single request is handled by the code that retries it, and that a client was replaced is logged elsewhere.
        const isOurs = message.startsWith('Response ') || message.includes(thrownAway);
        if (level === logLevel.ERROR && !isOurs) log.warn(fields, message);
        else log.debug(fields, message);
      },
  });
  makers.set(kafka, (tries) => {
    const { open, closeForGood } = createSockets(socketFactory);
    const another = createClient(brokers, clientId, log, { ...connecting, ...tries, socketFactory: open });
    return { kafka: another, closeForGood };
  });
  return kafka;
};

type Another = { readonly kafka: Kafka; readonly closeForGood: () => void };

const makers = new WeakMap<Kafka, (tries: Pick<KafkaConfig, 'retry'>) => Another>();

/**
 * A client beside one that `createClient` has made: of the same brokers, and with connections of its own, which can be taken away from it.
 * @param tries how often it tries to connect, when that is not as often as the other one
 */
export const createAnother = (kafka: Kafka, tries: Pick<KafkaConfig, 'retry'> = {}): Another => {
  const make = makers.get(kafka);
  if (!make) throw new Error('this client was not made by createClient');
  return make(tries);
};

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
