import { owed } from '@quadrille/order/rules';
import type { Service } from '@quadrille/services';
import type { Story, StoryEvent } from './story.ts';

/** What an order waits for, and since when. */
export type Waiting = {
  /** Who has to move: a service, the relay, a customer, the payment provider, the clock, or somebody who looks after the system. */
  readonly for: Service | 'relay' | 'customer' | 'provider' | 'deadline' | 'operator';
  /** In words, after "waits for". */
  readonly what: string;
  readonly since: Date;
};

/** null: for nothing any more. The first in the order of events, if there are several. */
export const waitingOf = ({ events, rows }: Story, now: Date): Waiting | null =>
  forSomebody(events) ?? forDelivery(events) ?? forWhatIsNoEvent(rows, now);

const forSomebody = (events: readonly StoryEvent[]): Waiting | null =>
  forWhatFailed(events) ?? forWhatIsNoEventOfIts(events);

const forWhatFailed = (events: readonly StoryEvent[]): Waiting | null => {
  for (const event of events) {
    if (event.publication === 'refused')
      return {
        for: 'operator',
        what: `somebody to see to ${event.type}, which Kafka refuses: ${event.refusal}`,
        since: new Date(event.time),
      };
    for (const { service, setAside } of event.hearings)
      if (setAside && !setAside.discardedAt && setAside.attempts > 0)
        return {
          for: 'operator',
          what: `somebody to release or discard ${event.type}, which ${service} could not apply: ${setAside.cause}`,
          since: setAside.parkedAt,
        };
  }
  return null;
};

/** What was parked first is a record that nobody of ours has published: the story does not hold it, only what waits behind it. */
const forWhatIsNoEventOfIts = (events: readonly StoryEvent[]): Waiting | null => {
  for (const { type, hearings } of events)
    for (const { service, setAside } of hearings)
      if (setAside && !setAside.discardedAt)
        return {
          for: 'operator',
          what: `somebody to release or discard what ${type} waits behind in ${service}`,
          since: setAside.parkedAt,
        };
  return null;
};

const forDelivery = (events: readonly StoryEvent[]): Waiting | null => {
  for (const event of events) {
    const since = new Date(event.time);
    if (event.publication === 'waiting')
      return { for: 'relay', what: `the relay to publish ${event.type} of ${event.publisher}`, since };
    if (event.publication !== 'published') continue;
    const late = event.hearings.find(({ takenAt, setAside }) => !takenAt && !setAside);
    if (late) return { for: late.service, what: `${late.service} to take in ${event.type}`, since };
  }
  return null;
};

/** Nothing is under way between the services. */
const forWhatIsNoEvent = ({ order, payment }: Story['rows'], now: Date): Waiting | null => {
  if (payment?.status === 'refunding')
    return { for: 'provider', what: 'the payment provider to give the money back', since: payment.updatedAt };
  if (!order) return null;
  switch (order.status) {
    case 'paid':
    case 'cancelled':
      return null;
    case 'awaiting-payment': {
      const { paymentExpiresAt: end, placedAt, updatedAt } = order;
      if (end && end <= now) return { for: 'pay', what: 'pay to let the payment expire', since: end };
      const until = end ? ` until ${end.toISOString()}` : '';
      return payment?.startedAt && payment.status === 'pending'
        ? { for: 'provider', what: `the payment provider to move the money${until}`, since: payment.startedAt }
        : { for: 'customer', what: `the customer to pay${until}`, since: placedAt ?? updatedAt };
    }
    case 'cancelling': {
      const [first] = owed(order);
      return first
        ? {
            for: first,
            what: `${owed(order).join(' and ')} to undo its part, of which nothing is under way`,
            since: order.updatedAt,
          }
        : null;
    }
    case 'submitted':
    case 'stock-reserved':
    case 'coupon-applied': {
      const until = order.deadline ? `: its deadline at ${order.deadline.toISOString()}` : '';
      return { for: 'deadline', what: `nothing that is under way${until}`, since: order.updatedAt };
    }
  }
};
