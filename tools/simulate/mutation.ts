import type { Storage } from '@quadrille/db/storage';
import type { Decision } from '@quadrille/participant/decide';
import type { Database } from './memory-storage.ts';

/** A rule as the runtime calls it. */
export type Decide = (state: never, event: never, now: Date) => Decision<object>;

/** The order of two things that must not be turned round. */
export type Order = 'right' | 'wrong';

/** What is done to the system to see whether the simulation finds it. What is left out is as it is. */
export type Mutation = {
  /** Of every service: what it asks of its database, and is answered. */
  readonly storage?: (storage: Storage, database: Database) => Storage;
  /** Of one service: its rule. */
  readonly rules?: Readonly<Record<string, (decide: Decide) => Decide>>;
  /** In place of the sorting of keys before they are locked. */
  readonly sorted?: <K extends string | number>(keys: Iterable<K>) => K[];
  /** Whether offsets move after the commit. */
  readonly offsets?: Order;
  /** Whether the relay deletes after Kafka has acknowledged. */
  readonly relay?: Order;
};
