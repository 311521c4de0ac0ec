import { randomUUID } from 'node:crypto';
import type { Pool } from '@quadrille/db/connect';
import { appendToOutbox, type OutboxRow } from '@quadrille/db/outbox';
import { readDepth } from '@quadrille/db/outbox-progress';
import { transact } from '@quadrille/db/transaction';
import type { OutgoingRecord, Publisher } from '@quadrille/kafka/producer';
import type { RelayOptions, RelayState } from '@quadrille/outbox-relay/options';
import { relay } from '@quadrille/outbox-relay/relay';
import { createWakeUpSignal } from '@quadrille/outbox-relay/wake-up';
import { outboxRow } from './events.ts';
import { silentLog } from './log.ts';
import type { Scratch } from './scratch.ts';
import { until } from './until.ts';

/** A Kafka that writes down what it is given. @param before may wait or fail */
export const recorder = (before: (records: readonly OutgoingRecord[]) => Promise<void> = async () => {}) => {
  const published: { id: string; key: string }[] = [];
  const publisher: Publisher = {
    connect: async () => {},
    missingTopics: async () => new Set(),
    publish: async (records) => {
      await before(records);
      published.push(...records.map(({ key, headers }) => ({ id: headers.ce_id ?? '', key })));
    },
    close: async () => {},
  };
  return { published, publisher, ids: () => published.map(({ id }) => id) };
};

export type RunningRelay = {
  readonly is: (state: RelayState) => Promise<unknown>;
  /** What its meter counted. */
  readonly counts: { published: number; refused: number; retries: number };
  readonly stop: () => Promise<void>;
};

const week = 604_800_000;

/** A relay that polls, for its wakeUp does not work. */
export const startRelay = (
  pool: Pool,
  publisher: Publisher,
  options: Partial<Pick<RelayOptions, 'retention' | 'inspect' | 'wakeUp' | 'retryEvery' | 'log'>> = {},
): RunningRelay => {
  const states: RelayState[] = [];
  const counts = { published: 0, refused: 0, retries: 0 };
  const stopping = new AbortController();
  const wakeUp = createWakeUpSignal();
  const done = relay({
    pool,
    publisher,
    holder: randomUUID(),
    wakeUp: { wait: wakeUp.wait, isListening: () => false, foundWithoutSignal: () => false, stopTrusting: () => {} },
    retention: { outbox: week, inbox: 3 * week },
    mayPurgeInbox: async () => false,
    inspect: async () => {},
    meter: {
      state: (state) => void states.push(state),
      published: (events) => {
        counts.published += events;
      },
      refused: (events) => {
        counts.refused += events;
      },
      retried: () => {
        counts.retries++;
      },
    },
    log: silentLog(),
    signal: stopping.signal,
    ...options,
  });
  return {
    is: (state: RelayState) => until(state, async () => states.at(-1) === state),
    counts,
    stop: async () => {
      stopping.abort();
      wakeUp.notify();
      await done;
    },
  };
};
export const append = async ({ pool }: Scratch, ...rows: Partial<OutboxRow>[]): Promise<string[]> => {
  const full = rows.map(outboxRow);
  await transact(pool, (tx) => appendToOutbox(tx, full));
  return full.map(({ id }) => id);
};
/** Some rows of seven keys. @returns their ids */
export const appendMany = (scratch: Scratch, count: number) =>
  append(scratch, ...Array.from({ length: count }, (_, index) => ({ correlationId: `key ${index % 7}` })));
export const drained = ({ pool }: Scratch) => until('all published', async () => (await readDepth(pool)).events === 0);
