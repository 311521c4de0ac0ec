import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@quadrille/db/connect';
import type { Lease } from '@quadrille/db/lease';
import { isInStep } from '@quadrille/db/outbox-progress';
import type { Progress } from '@quadrille/db/progress';
import { markProgress, purgeInbox, purgeOutbox } from '@quadrille/db/retention';
import type { Log } from '@quadrille/process/log';

/** How long published outbox rows and taken-in event ids are kept, in ms. */
export type Retention = { readonly outbox: number; readonly inbox: number };

const minute = 60_000;

/**
 * What the leader of a database does beside publishing, until aborted: marks how far it is, removes what was kept long enough, and looks
 * whether the table is still the one it knows. It runs on one relay only because that one leads; two of them would do no harm.
 */
export const keepHouse = async (options: {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly progress: () => Progress;
  readonly retention: Retention;
  /** False while inbox rows might be needed for longer than they are kept. */
  readonly mayPurgeInbox: () => Promise<boolean>;
  /** The outbox's numbers began anew. */
  readonly onRenumbered: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly every?: number;
}): Promise<void> => {
  const { pool, lease, retention, log, signal, every = 5 * minute } = options;
  while (!signal.aborted) {
    try {
      // Before it is read what the table holds: later there can only be more of it.
      const progress = options.progress();
      if (!(await isInStep(pool, progress))) return options.onRenumbered();
      await markProgress(pool, lease, progress, Math.max(every, retention.outbox / 100));
      const outbox = await purgeOutbox(pool, retention.outbox, signal);
      const inbox = (await options.mayPurgeInbox()) ? await purgeInbox(pool, retention.inbox, signal) : 0;
      if (outbox + inbox > 0) log.info({ outbox, inbox }, 'purged');
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'could not purge; trying again later');
    }
    await delay(every, undefined, { signal }).catch(() => {
      // Aborted: the loop sees it.
    });
  }
};
