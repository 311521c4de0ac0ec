import type { Pool } from '@quadrille/db/connect';
import type { Publisher } from '@quadrille/kafka/producer';
import type { Log } from '@quadrille/process/log';
import type { Retention } from './maintenance.ts';
import type { DatabaseWakeUp } from './wake-up.ts';

/** `leading`: it holds the lease and publishes. `following`: another relay holds the lease; this one is ready to take over. */
export type RelayState = 'leading' | 'following' | 'failing';

/** Told of what happens, for metrics. */
export type RelayMeter = {
  /** @param why of `failing`: what is in the way */
  readonly state: (state: RelayState, why?: string) => void;
  readonly published: (events: number, tookMs: number) => void;
  /** Unpublishable events: Kafka refuses them for good. */
  readonly refused: (events: number) => void;
  /** Something is away, or in trouble; it is tried again. */
  readonly retried: () => void;
};

export type RelayOptions = {
  readonly pool: Pool;
  readonly publisher: Publisher;
  /** Names this relay in the lease; another one for each process and database. */
  readonly holder: string;
  readonly wakeUp: DatabaseWakeUp;
  readonly retention: Retention;
  readonly mayPurgeInbox: () => Promise<boolean>;
  /** Looks once, before anything else, whether this database may be trusted. */
  readonly inspect: () => Promise<void>;
  /** Between two tries whether Kafka takes what it refused (ms). */
  readonly retryEvery?: number;
  readonly meter: RelayMeter;
  readonly log: Log;
  readonly signal: AbortSignal;
};
