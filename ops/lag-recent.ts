import type { Pool } from '@quadrille/db/connect';
import { type PublishedEvent, readRecentlyPublished } from '@quadrille/db/outbox-history';
import { type GroupLag, partitionOf } from '@quadrille/kafka/offsets';
import { type Service, services } from '@quadrille/services';
import type { Cluster } from './cluster.ts';
import { findReceived } from './received.ts';

/**
 * Of the events published of late, those that a service has not received. `skipped`: it has nothing left to process where they should be, so
 * that they will not come any more. `late`: they have been on their way for longer than they may.
 */
export type Unreceived = { readonly skipped: number; readonly late: number };

/** How many events of each outbox are looked at, the latest ones: it must be cheap, `reconcile` looks at all. */
const most = 2_000;
/** And how old (ms) they are at most. */
const longest = 3_600_000;

export const readRecent = (pool: Pool): Promise<PublishedEvent[]> => readRecentlyPublished(pool, { most, longest });

/**
 * @param recent read before the group's offsets
 * @param lateBefore events made before then (ms since 1970) should have arrived
 */
export const unreceivedOf = async (
  { read, handles }: Cluster,
  service: Service,
  seen: {
    readonly recent: Readonly<Record<Service, readonly PublishedEvent[]>>;
    readonly consumer: GroupLag;
    readonly lateBefore: number;
  },
): Promise<Unreceived> => {
  const subscribed = services
    .flatMap((name) => seen.recent[name])
    .filter(({ type }) => handles[service].subscribes.has(type));
  const received = await findReceived(read[service], subscribed);
  let [skipped, late] = [0, 0];
  for (const event of subscribed) {
    if (received.has(event.id)) continue;
    if (isPassed(event, seen.consumer)) skipped++;
    else if (Date.parse(event.time) < seen.lateBefore) late++;
  }
  return { skipped, late };
};

/** The group has committed up to the end of the partition that the event was published to. */
const isPassed = ({ topic, correlationId }: PublishedEvent, { topics }: GroupLag): boolean => {
  const partitions = topics.find((each) => each.topic === topic)?.partitions ?? [];
  if (partitions.length === 0) return false;
  return partitions[partitionOf(correlationId, partitions.length)]?.records === 0;
};
