import type { Event } from '@quadrille/contracts/event';
import { orderCreated } from '@quadrille/contracts/order-events';
import { cancel, decide, type Heard, submit } from '@quadrille/order/rules';
import type { Service } from '@quadrille/services';
import type { Story, StoryEvent } from '../story.ts';

/** The first event at which the books part: up to it, what was said and what is kept agree. */
export type Parting = {
  readonly id: string;
  readonly type: string;
  readonly publisher: string;
  readonly time: string;
  /** Where it went wrong. */
  readonly service: string;
  /** In words: what that service did not do. */
  readonly what: string;
};

/** null: the outboxes do not keep enough of the order any more. */
export const findParting = (story: Story): Parting | null => {
  const { events } = story;
  for (const event of events) {
    const parting = notDelivered(event) ?? withoutRow(event, story);
    if (parting) return parting;
  }
  for (const service of ['stock', 'coupon', 'pay', 'order'] as const) {
    const said = impliedBy(service, events);
    const kept = keptBy(service, story);
    if (said && said.status !== kept)
      return at(
        said.event,
        service,
        `after it, ${service} should keep "${said.status}", and keeps "${kept ?? 'nothing'}"`,
      );
  }
  const last = events.at(-1);
  return last ? at(last, last.publisher, 'it is the last one; nothing followed it') : null;
};

const at = ({ id, type, publisher, time }: StoryEvent, service: string, what: string): Parting => ({
  ...{ id, type, publisher, time, service, what },
});

const notDelivered = (event: StoryEvent): Parting | null => {
  if (event.publication === 'waiting') return at(event, 'relay', 'it is not published');
  if (event.publication !== 'published') return at(event, 'relay', `it was ${event.publication}`);
  for (const { service, takenAt, setAside } of event.hearings) {
    if (setAside)
      return at(
        event,
        service,
        `${setAside.discardedAt ? 'it was discarded there' : 'it is parked there'}: ${setAside.cause}`,
      );
    if (!takenAt) return at(event, service, `${service} has not taken it in`);
  }
  return null;
};

/** Whoever takes in one of these keeps a row of the order from then on. */
const leavesRow: Readonly<Record<string, readonly Service[]>> = {
  'order-created': ['stock'],
  'stock-reserved': ['coupon'],
  'coupon-applied': ['pay'],
  'order-cancelled': ['stock', 'coupon', 'pay'],
};

const withoutRow = (event: StoryEvent, story: Story): Parting | null => {
  const missing = leavesRow[event.type]?.find((service) => keptBy(service, story) === undefined);
  return missing ? at(event, missing, `${missing} has taken it in, and keeps nothing of the order`) : null;
};

const keptBy = (service: Service, { rows }: Story): string | undefined =>
  ({ order: rows.order, stock: rows.reservation, coupon: rows.use, pay: rows.payment })[service]?.status;

type Implied = { readonly status: string; readonly event: StoryEvent };

/** Where a service's own events, and those it has taken in, leave the order. */
const impliedBy = (service: Service, events: readonly StoryEvent[]): Implied | null => {
  if (service === 'order') return impliedByOrder(events);
  let implied: Implied | null = null;
  for (const event of events) {
    const status = next(service, event, implied?.status);
    if (status) implied = { status, event };
  }
  return implied;
};

const next = (
  service: Service,
  { type, publisher, data }: StoryEvent,
  before: string | undefined,
): string | undefined => {
  if (type === 'payment-succeeded') {
    if (service === 'stock' && before === 'reserved') return 'sold';
    if (service === 'coupon' && before === 'held') return 'used';
    return service === 'pay' ? 'succeeded' : undefined;
  }
  if (publisher !== service) return undefined;
  const { outcome, couponId } = data as { outcome?: string; couponId?: number };
  if (outcome === 'nothing-to-undo') return before === undefined ? 'tombstone' : undefined;
  if (type === 'coupon-applied') return couponId === 0 ? 'none' : 'held';
  return said[type];
};

const said: Readonly<Record<string, string>> = {
  'stock-reserved': 'reserved',
  'stock-rejected': 'rejected',
  'stock-released': 'released',
  'coupon-rejected': 'rejected',
  'coupon-released': 'released',
  'payment-created': 'pending',
  'payment-failed': 'failed',
  'payment-expired': 'expired',
  'payment-voided': 'voided',
  'payment-refunded': 'refunded',
};

/** The order service looks at nothing but its own row: its rules tell. */
const impliedByOrder = (events: readonly StoryEvent[]): Implied | null => {
  const created = events.find(({ type }) => type === 'order-created');
  const request = orderCreated.schema.safeParse(created?.data);
  if (!created || !request.success) return null;
  const moment = new Date(created.time);
  let { state } = submit(created.correlationId, request.data, 0, moment);
  let event = created;
  for (const told of events) {
    if (told === created) continue;
    const now = new Date(told.time);
    const decision =
      told.type === 'order-cancelled'
        ? cancel({ order: state?.order }, now)
        : decide({ order: state?.order }, { ...told, topic: told.topic } as Event as Heard, now);
    if (!decision.state) continue;
    state = decision.state;
    event = told;
  }
  return state?.order ? { status: state.order.status, event } : null;
};
