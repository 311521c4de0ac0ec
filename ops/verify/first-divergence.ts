import { definitionOf, type Service } from '@quadrille/services';
import type { Timeline, TimelineEvent } from '../timeline.ts';
import { findContradictions } from './consistency.ts';

/** The first event at which the services part: before it, what was published and what is kept agree. */
export type FirstDivergence = {
  readonly id: string;
  readonly type: string;
  readonly publisher: string;
  readonly time: string;
  /** Where it went wrong. */
  readonly service: string;
  /** In words: what that service did not do. */
  readonly what: string;
};

/**
 * The first event that was not delivered; else the first whose publisher keeps nothing of the order; else the last one that the
 * service published or received whose row does not agree with the order; if several do not, the order service.
 * null: the outboxes do not keep the order's events any more.
 */
export const findFirstDivergence = ({ events, kept }: Timeline): FirstDivergence | null => {
  for (const event of events) {
    const { publisher } = event;
    if (keepsNothing(publisher as Service, kept))
      return at(event, publisher, `${publisher} has published it, and keeps nothing of the order`);
    const lost = notDelivered(event);
    if (lost) return lost;
  }
  const differing = [...new Set(findContradictions(kept).map(({ service }) => service))];
  const [service = 'order'] = differing.length === 1 ? differing : [];
  const last = events.findLast(
    (event) => event.publisher === service || event.deliveries.some((delivery) => delivery.service === service),
  );
  return last ? at(last, service, `after it, ${service} does not keep what the others do`) : null;
};

const keepsNothing = (service: Service, kept: Timeline['kept']): boolean =>
  definitionOf(service).perOrder !== undefined && kept[service] === undefined;

const at = ({ id, type, publisher, time }: TimelineEvent, service: string, what: string): FirstDivergence => ({
  ...{ id, type, publisher, time, service, what },
});

const notDelivered = (event: TimelineEvent): FirstDivergence | null => {
  if (event.publication === 'waiting') return at(event, 'relay', 'it is not published');
  if (event.publication !== 'published') return at(event, 'relay', `it was ${event.publication}`);
  for (const { service, takenAt, parked } of event.deliveries) {
    if (parked)
      return at(
        event,
        service,
        `${parked.discardedAt ? 'it was discarded there' : 'it is parked there'}: ${parked.cause}`,
      );
    if (!takenAt) return at(event, service, `${service} has not received it`);
  }
  return null;
};
