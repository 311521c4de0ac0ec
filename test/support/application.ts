import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { backoff } from '@quadrille/participant/backoff';
import type { Participant } from '@quadrille/participant/decide';
import { watchFailureRate } from '@quadrille/participant/failure-rate';
import type { Application } from '@quadrille/participant/resilient';
import { createRuntime } from '@quadrille/participant/runtime';
import { mostParked } from '@quadrille/participant/skipping';
import { createTally } from '@quadrille/participant/tally';
import { silentLog } from './log.ts';

/** The runtime around a service, without Kafka. */
export const applicationOf = <State extends object, E extends Event>(
  participant: Participant<State, E>,
  pool: Pool,
  change: Partial<Application<State, E>> = {},
): Application<State, E> => ({
  storage: mysqlStorage(pool),
  participant,
  log: silentLog(),
  wait: backoff(new AbortController().signal),
  failureRate: watchFailureRate(),
  limits: { mostParked },
  halted: async () => {},
  parking: () => {},
  committed: () => {},
  retrying: () => {},
  ...change,
});

/** How a service decides commands, without Kafka. */
export const executeOn = <State extends object, E extends Event>(participant: Participant<State, E>, pool: Pool) =>
  createRuntime(participant, {
    ...{ storage: mysqlStorage(pool), log: silentLog(), tally: createTally(), halted: async () => {} },
    wait: backoff(new AbortController().signal),
  }).execute;
