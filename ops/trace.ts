import type { OrderView } from '@quadrille/contracts/orders-http';
import { isCompensating } from '@quadrille/contracts/saga';
import { toView } from '@quadrille/order/view';
import type { Service } from '@quadrille/services';
import { findOrder } from './order-id.ts';
import { readClock } from './select.ts';
import type { Site } from './site.ts';
import { inOrder, readStories, type Story, type StoryEvent, withHearings } from './story.ts';
import { readOrderFromTopics } from './topics.ts';
import { type Waiting, waitingOf } from './waiting.ts';

export type TracedHearing = {
  readonly service: Service;
  readonly takenAt: string | null;
  /** ms from the making of the event to the commit of its effects. */
  readonly latency: number | null;
  readonly setAside: {
    readonly seq: number;
    readonly cause: string;
    readonly attempts: number;
    readonly since: string;
    readonly discardedAt: string | null;
  } | null;
};

export type TracedEvent = Pick<
  StoryEvent,
  'id' | 'type' | 'publisher' | 'time' | 'causationId' | 'data' | 'publication' | 'refusal'
> & {
  /** ms from its cause to it; null: a person or a deadline made it happen, or its cause is not kept any more. */
  readonly sinceCause: number | null;
  /** It undoes something, or makes others undo. */
  readonly compensation: boolean;
  readonly hearings: readonly TracedHearing[];
};

/** The story of an order across all services. */
export type Trace = {
  readonly orderId: string;
  readonly order: OrderView | null;
  /** In a word, what each service holds for it. */
  readonly holds: Readonly<Record<'stock' | 'coupon' | 'pay', string | null>>;
  readonly events: readonly TracedEvent[];
  readonly waitsFor: (Omit<Waiting, 'since'> & { readonly since: string; readonly ms: number }) | null;
  /** ms from the first event to the last. */
  readonly took: number | null;
  /** Events that the outboxes do not keep any more, and were read from the topics. */
  readonly fromTopics: number;
};

/** @throws UsageError when there is no such order, with what was probably meant */
export const trace = async (site: Site, text: string): Promise<Trace> => {
  const orderId = await findOrder(site, text);
  const story = (await readStories(site, [orderId])).get(orderId) as Story;
  const whole = isWhole(story) ? story : await withTopics(site, story);
  return toTrace(whole, await readClock(site.read.order), whole.events.length - story.events.length);
};

/** It begins with an order, and no cause is missing. */
const isWhole = ({ events }: Story): boolean => {
  const ids = new Set(events.map(({ id }) => id));
  const causes = events.flatMap(({ causationId }) => causationId ?? []);
  return events.some(({ type }) => type === 'order-created') && causes.every((id) => ids.has(id));
};

/** What the outboxes have purged, the topics may still hold. */
const withTopics = async (site: Site, story: Story): Promise<Story> => {
  const known = new Set(story.events.map(({ id }) => id));
  const published = (await readOrderFromTopics(site, story.orderId)).filter(({ event }) => !known.has(event.id));
  const told = published.map(({ event }) => ({ ...event, publication: 'published' as const, refusal: null }));
  const events = await withHearings(site, told, [story.orderId]);
  return { ...story, events: inOrder([...story.events, ...events]) };
};

export const toTrace = (story: Story, now: Date, fromTopics: number): Trace => {
  const { orderId, events, rows } = story;
  const times = new Map(events.map(({ id, time }) => [id, Date.parse(time)]));
  const waiting = waitingOf(story, now);
  const all = [...times.values()];
  return {
    orderId,
    order: rows.order ? toView(rows.order) : null,
    holds: {
      stock: rows.reservation?.status ?? null,
      coupon: rows.use?.status ?? null,
      pay: rows.payment?.status ?? null,
    },
    events: events.map((event) => {
      const { id, type, publisher, time, causationId, data, publication, refusal } = event;
      const causedAt = causationId === null ? undefined : times.get(causationId);
      return {
        ...{ id, type, publisher, time, causationId, data, publication, refusal },
        sinceCause: causedAt === undefined ? null : Date.parse(time) - causedAt,
        compensation: isCompensating(type),
        hearings: event.hearings.map(({ service, takenAt, setAside }) => ({
          service,
          takenAt: takenAt?.toISOString() ?? null,
          latency: takenAt ? takenAt.getTime() - Date.parse(time) : null,
          setAside: setAside && {
            ...{ seq: setAside.seq, cause: setAside.cause, attempts: setAside.attempts },
            since: setAside.parkedAt.toISOString(),
            discardedAt: setAside.discardedAt?.toISOString() ?? null,
          },
        })),
      };
    }),
    waitsFor: waiting && {
      ...waiting,
      since: waiting.since.toISOString(),
      ms: Math.max(0, now.getTime() - waiting.since.getTime()),
    },
    took: all.length === 0 ? null : Math.max(...all) - Math.min(...all),
    fromTopics,
  };
};
