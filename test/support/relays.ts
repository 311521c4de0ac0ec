import { randomUUID } from 'node:crypto';
import type { Pool } from '@quadrille/db/connect';
import { appendToOutbox, type OutboxRow, readOutbox } from '@quadrille/db/outbox';
import { transact } from '@quadrille/db/transaction';
import type { OutgoingRecord, Publisher } from '@quadrille/kafka/producer';
import { createBell } from '@quadrille/outbox-relay/bell';
import { type RelayState, relay } from '@quadrille/outbox-relay/relay';
import { outboxRow } from './events.ts';
import { silentLog } from './log.ts';
import type { Scratch } from './scratch.ts';
import { until } from './until.ts';

/** A Kafka that writes down what it is given. @param before may wait or fail */
export const recorder = (before: (records: readonly OutgoingRecord[]) => Promise<void> = async () => {}) => {
  const published: { id: string; key: string }[] = [];
  const publisher: Publisher = {
    connect: async () => {},
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
  readonly stop: () => Promise<void>;
};

/** A relay that polls, for its bell does not work. */
export const startRelay = (pool: Pool, publisher: Publisher): RunningRelay => {
  const states: RelayState[] = [];
  const stopping = new AbortController();
  const bell = createBell();
  const done = relay({
    pool,
    publisher,
    holder: randomUUID(),
    bell: { wait: bell.wait, works: () => false, expectEcho: () => {} },
    onState: (state) => void states.push(state),
    log: silentLog(),
    signal: stopping.signal,
  });
  return {
    is: (state: RelayState) => until(state, async () => states.at(-1) === state),
    stop: async () => {
      stopping.abort();
      bell.ring();
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
export const drained = ({ pool }: Scratch) => until('empty', async () => (await readOutbox(pool, 1)).length === 0);
