import type { WaitsFor } from '@quadrille/participant/per-order';
import { type Kept, keepers } from './kept.ts';
import type { Timeline, TimelineEvent } from './timeline.ts';

/** null: for nothing any more. The first in the order of events, if there are several. */
export const waitingOf = ({ events, kept }: Timeline, now: Date): WaitsFor | null =>
  forOperator(events) ?? forDelivery(events) ?? forWhatIsNoEvent(kept, now);

const forOperator = (events: readonly TimelineEvent[]): WaitsFor | null =>
  forWhatFailed(events) ?? forWhatBlocks(events);

const forWhatFailed = (events: readonly TimelineEvent[]): WaitsFor | null => {
  for (const event of events) {
    if (event.publication === 'refused')
      return {
        for: 'operator',
        what: `an operator to handle ${event.type}, which Kafka refuses: ${event.refusal}`,
        since: new Date(event.time),
      };
    for (const { service, parked } of event.deliveries)
      if (parked && !parked.discardedAt && parked.attempts > 0)
        return {
          for: 'operator',
          what: `an operator to retry or discard ${event.type}, which ${service} could not apply: ${parked.cause}`,
          since: parked.parkedAt,
        };
  }
  return null;
};

/** The event that was parked first was published by no service of ours: the timeline has only those that are blocked behind it. */
const forWhatBlocks = (events: readonly TimelineEvent[]): WaitsFor | null => {
  for (const { type, deliveries } of events)
    for (const { service, parked } of deliveries)
      if (parked && !parked.discardedAt)
        return {
          for: 'operator',
          what: `an operator to retry or discard what blocks ${type} in ${service}`,
          since: parked.parkedAt,
        };
  return null;
};

const forDelivery = (events: readonly TimelineEvent[]): WaitsFor | null => {
  for (const event of events) {
    const since = new Date(event.time);
    if (event.publication === 'waiting')
      return { for: 'relay', what: `the relay to publish ${event.type} of ${event.publisher}`, since };
    if (event.publication !== 'published') continue;
    const late = event.deliveries.find(({ takenAt, parked }) => !takenAt && !parked);
    if (late) return { for: late.service, what: `${late.service} to process ${event.type}`, since };
  }
  return null;
};

/** Nothing is under way between the services. The later a service's part in the saga, the better it knows. */
const forWhatIsNoEvent = (kept: Kept, now: Date): WaitsFor | null => {
  for (const { service, perOrder } of keepers.toReversed()) {
    const row = kept[service];
    const waits = row && perOrder.waitsFor?.(row, now);
    if (waits) return waits;
  }
  return null;
};
