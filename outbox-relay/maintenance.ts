import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@quadrille/db/connect';
import type { Lease } from '@quadrille/db/lease';
import { isInStep } from '@quadrille/db/outbox-progress';
import type { Progress } from '@quadrille/db/progress';
import { markProgress, purgeInbox, purgeOutbox } from '@quadrille/db/retention';
import { topicLifetime } from '@quadrille/kafka/topic-shape';
import type { Log } from '@quadrille/process/log';
import { SettingsError } from '@quadrille/process/settings/error';

/** How long published outbox rows and the ids of processed events are kept, in ms. */
export type Retention = { readonly outbox: number; readonly inbox: number };

const minute = 60_000;

/**
 * What the lease holder does besides publishing, until aborted: it records how far it is, deletes what was kept long enough, and checks
 * whether the outbox was emptied or restored by hand. Two relays that did it at once would do no harm.
 */
export const maintain = async (options: {
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

/**
 * How long an inbox must remember an event at least (ms). It is processed soon after it was published. As long as the outbox keeps it,
 * `reconcile` may publish it once more. From then on it can be delivered again as long as the topic keeps it (R21).
 */
const needed = (retention: Retention, lifetime: number): number => retention.outbox + lifetime;

/** @throws SettingsError when inboxes would forget what can still be delivered again */
export const checkRetention = (retention: Retention): void => {
  if (retention.inbox < needed(retention, topicLifetime))
    throw new SettingsError(
      `INBOX_RETENTION is too short: it must be OUTBOX_RETENTION and ${topicLifetime / 86_400_000}d (what Kafka keeps) together, or more`,
    );
};

/**
 * Whether inboxes may be purged now.
 * @param readLifetime asks the broker, whose topics may be kept for longer than ours are made for
 */
export const createInboxGuard =
  (readLifetime: () => Promise<number>, retention: Retention, log: Log): (() => Promise<boolean>) =>
  async () => {
    const lifetime = await readLifetime();
    const suffices = retention.inbox >= needed(retention, lifetime);
    if (!suffices)
      log.error(
        { topicLifetime: lifetime, inboxRetention: retention.inbox, outboxRetention: retention.outbox },
        "inboxes are not purged: Kafka keeps events too long for INBOX_RETENTION; raise it, or lower the topics' retention.ms and segment.ms",
      );
    return suffices;
  };
