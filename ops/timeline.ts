import type { Envelope } from '@quadrille/contracts/cloudevents';
import { type OutboxRow, outboxColumns } from '@quadrille/db/outbox';
import { toProgress } from '@quadrille/db/outbox-progress';
import type { OutboxParkedStatus } from '@quadrille/db/tables';
import { type Service, services } from '@quadrille/services';
import { type Cluster, ofEach, type ServiceHandles } from './cluster.ts';
import { type Kept, readKept } from './kept.ts';
import { type ParkedDelivery, readReceived } from './parked-delivery.ts';
import { isPublished } from './publication.ts';
import { select } from './select.ts';
import { sortByCause } from './sort-by-cause.ts';

/** What one service did with an event: took it in, set it aside, or nothing yet. */
export type Delivery = {
  readonly service: Service;
  readonly takenAt: Date | null;
  readonly parked: ParkedDelivery | null;
};

/** `waiting` for the relay; `refused` by Kafka, so that it is unpublishable; `discarded` by an operator after that. */
export type Publication = 'waiting' | 'published' | 'refused' | 'discarded';

/** An event and what became of it. */
export type TimelineEvent = Envelope & {
  readonly data: unknown;
  readonly publication: Publication;
  /** What Kafka said when it refused. */
  readonly refusal: string | null;
  /** Of the services that receive it. */
  readonly deliveries: readonly Delivery[];
};

export type Timeline = {
  readonly orderId: string;
  /** Each after its cause; as far as the outboxes still keep them. */
  readonly events: readonly TimelineEvent[];
  readonly kept: Kept;
};

/** The timelines of orders, from the outboxes, inboxes and tables of all services. */
export const readTimelines = async (cluster: Cluster, orderIds: readonly string[]): Promise<Map<string, Timeline>> => {
  const published = Object.values(await ofEach((service) => readOutbox(cluster, service, orderIds))).flat();
  const events = await withDeliveries(cluster, published, orderIds);
  const kept = await readKept(cluster.read, orderIds);
  const ofOrder = Map.groupBy(events, ({ correlationId }) => correlationId);
  return new Map(
    orderIds.map((orderId) => [
      orderId,
      { orderId, events: sortByCause(ofOrder.get(orderId) ?? [], ({ id }) => id), kept: kept.get(orderId) ?? {} },
    ]),
  );
};

type Published = Omit<TimelineEvent, 'deliveries'>;

const readOutbox = async ({ read }: Cluster, service: Service, orderIds: readonly string[]): Promise<Published[]> => {
  const rows = await select<PublishedRow>(
    read[service],
    `SELECT ${outboxColumns('o')}, p.status AS parkedAs, p.cause AS refusal, l.published_to AS publishedTo, l.missing
     FROM outbox o LEFT JOIN outbox_parked p USING (seq) LEFT JOIN relay_lease l ON l.name = 'outbox'
     WHERE o.correlation_id IN (?) ORDER BY o.seq`,
    [orderIds],
  );
  return rows.map(({ seq, payload, parkedAs, publishedTo, missing, ...envelope }) => ({
    ...envelope,
    data: parse(payload),
    publication: parkedAs ?? (isPublished(toProgress(publishedTo, missing), seq) ? 'published' : 'waiting'),
  }));
};

type PublishedRow = OutboxRow & {
  readonly parkedAs: OutboxParkedStatus | null;
  readonly refusal: string | null;
  readonly publishedTo: number | null;
  readonly missing: string | null;
};

/** Adds who has received each event, or should have. */
export const withDeliveries = async (
  { read, handles }: Pick<Cluster, 'read' | 'handles'>,
  published: readonly Published[],
  orderIds: readonly string[],
): Promise<TimelineEvent[]> => {
  const received = await ofEach(async (service) => {
    const ids = published.filter(({ type }) => handles[service].subscribes.has(type)).map(({ id }) => id);
    return readReceived(read[service], ids, orderIds);
  });
  return published.map((event) => ({
    ...event,
    deliveries: subscribersOf(handles, event.type).map((service) => {
      const { taken, parked } = received[service];
      // What is set aside is in the inbox, too: it has arrived, but has not taken effect.
      const aside = parked.get(event.id) ?? null;
      return { service, parked: aside, takenAt: aside ? null : (taken.get(event.id) ?? null) };
    }),
  }));
};

/** It is on its way to a service. */
export const isUnderWay = ({ publication, deliveries }: TimelineEvent): boolean =>
  publication === 'waiting' ||
  (publication === 'published' && deliveries.some(({ takenAt, parked }) => !takenAt && !parked));

export const subscribersOf = (handles: ServiceHandles, type: string): Service[] =>
  services.filter((service) => handles[service].subscribes.has(type));

const parse = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return payload.toString();
  }
};
