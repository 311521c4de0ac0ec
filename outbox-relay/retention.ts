import { topicLifetime } from '@quadrille/kafka/topic-shape';
import type { Log } from '@quadrille/process/log';
import { SettingsError } from '@quadrille/process/settings';
import type { Retention } from './housekeeping.ts';

/**
 * How long an inbox must remember an event at least (ms). It is taken in soon after it was published; as long as the outbox keeps it, a
 * reconcile may publish it once more; and from then on it can be delivered again as long as the topic keeps it (R21).
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
