import type { OrderView } from '@quadrille/contracts/orders-http';
import { isCompensating } from '@quadrille/contracts/saga';
import { isSampled, traceId } from '@quadrille/contracts/trace';
import type { WaitsFor } from '@quadrille/participant/per-order';
import { forEachService, type Service } from '@quadrille/services';
import type { Cluster } from './cluster.ts';
import { orderOf } from './kept.ts';
import { findOrder } from './order-id.ts';
import { readClock } from './select.ts';
import { sortByCause } from './sort-by-cause.ts';
import { readTimelines, type Timeline, type TimelineEvent, withDeliveries } from './timeline.ts';
import { readOrderFromTopics } from './topics.ts';
import { waitingOf } from './waiting.ts';

export type TracedDelivery = {
  readonly service: Service;
  readonly takenAt: string | null;
  /** ms from the making of the event to the commit of its effects. */
  readonly latency: number | null;
  readonly parked: {
    readonly seq: number;
    readonly cause: string;
    readonly attempts: number;
    readonly since: string;
    readonly discardedAt: string | null;
  } | null;
};

export type TracedEvent = Pick<
  TimelineEvent,
  'id' | 'type' | 'publisher' | 'time' | 'causationId' | 'data' | 'publication' | 'refusal'
> & {
  /** ms from its cause to it; null: a person or a deadline made it happen, or its cause is not kept any more. */
  readonly sinceCause: number | null;
  /** It undoes something, or makes others undo. */
  readonly compensation: boolean;
  readonly deliveries: readonly TracedDelivery[];
};

/** The timeline of an order across all services. */
export type Trace = {
  readonly orderId: string;
  readonly order: OrderView | null;
  /** In a word, what each service holds for it. */
  readonly holds: Readonly<Record<Service, string | null>>;
  readonly events: readonly TracedEvent[];
  /** The OpenTelemetry traces that its events belong to. A tracing server has those that are sampled, if they are exported. */
  readonly traces: readonly { readonly id: string; readonly sampled: boolean }[];
  readonly waitsFor: (Omit<WaitsFor, 'since'> & { readonly since: string; readonly ms: number }) | null;
  /** ms from the first event to the last. */
  readonly took: number | null;
  /** Events that the outboxes do not keep any more, and were read from the topics. */
  readonly fromTopics: number;
};

/** @throws UsageError when there is no such order, with what was probably meant */
export const trace = async (cluster: Cluster, text: string): Promise<Trace> => {
  const orderId = await findOrder(cluster, text);
  const timeline = (await readTimelines(cluster, [orderId])).get(orderId) as Timeline;
  const whole = isWhole(timeline) ? timeline : await withTopics(cluster, timeline);
  return toTrace(whole, await readClock(cluster.read.order), whole.events.length - timeline.events.length);
};

/** It begins with an order, and no cause is missing. */
const isWhole = ({ events }: Timeline): boolean => {
  const ids = new Set(events.map(({ id }) => id));
  const causes = events.flatMap(({ causationId }) => causationId ?? []);
  return events.some(({ type }) => type === 'order-created') && causes.every((id) => ids.has(id));
};

/** What the outboxes have purged, the topics may still hold. */
const withTopics = async (cluster: Cluster, timeline: Timeline): Promise<Timeline> => {
  const known = new Set(timeline.events.map(({ id }) => id));
  const published = (await readOrderFromTopics(cluster, timeline.orderId)).filter(({ event }) => !known.has(event.id));
  const told = published.map(({ event }) => ({ ...event, publication: 'published' as const, refusal: null }));
  const events = await withDeliveries(cluster, told, [timeline.orderId]);
  return { ...timeline, events: sortByCause([...timeline.events, ...events], ({ id }) => id) };
};

export const toTrace = (timeline: Timeline, now: Date, fromTopics: number): Trace => {
  const { orderId, events, kept } = timeline;
  const times = new Map(events.map(({ id, time }) => [id, Date.parse(time)]));
  const waiting = waitingOf(timeline, now);
  const all = [...times.values()];
  return {
    orderId,
    order: orderOf(kept),
    holds: forEachService((service) => kept[service]?.status ?? null),
    events: events.map((event) => {
      const { id, type, publisher, time, causationId, data, publication, refusal } = event;
      const causedAt = causationId === null ? undefined : times.get(causationId);
      return {
        ...{ id, type, publisher, time, causationId, data, publication, refusal },
        sinceCause: causedAt === undefined ? null : Date.parse(time) - causedAt,
        compensation: isCompensating(type),
        deliveries: event.deliveries.map(({ service, takenAt, parked }) => ({
          service,
          takenAt: takenAt?.toISOString() ?? null,
          latency: takenAt ? takenAt.getTime() - Date.parse(time) : null,
          parked: parked && {
            ...{ seq: parked.seq, cause: parked.cause, attempts: parked.attempts },
            since: parked.parkedAt.toISOString(),
            discardedAt: parked.discardedAt?.toISOString() ?? null,
          },
        })),
      };
    }),
    traces: tracesOf(events),
    waitsFor: waiting && {
      ...waiting,
      since: waiting.since.toISOString(),
      ms: Math.max(0, now.getTime() - waiting.since.getTime()),
    },
    took: all.length === 0 ? null : Math.max(...all) - Math.min(...all),
    fromTopics,
  };
};

const tracesOf = (events: readonly Pick<TimelineEvent, 'traceparent'>[]): Trace['traces'] => [
  ...new Map(
    events.map(({ traceparent }) => [
      traceId(traceparent),
      { id: traceId(traceparent), sampled: isSampled(traceparent) },
    ]),
  ).values(),
];
