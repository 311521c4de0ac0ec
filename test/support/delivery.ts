import type { Event } from '@quadrille/contracts/event';
import type { Service } from '@quadrille/services';
import type { Random } from './random.ts';
import type { Saga } from './saga.ts';

/**
 * Each event to each of its subscribers before the next event.
 * @param copies of each delivery: in one transaction, and once more in the next
 * @param between what else happens before each delivery, and after the last
 * @returns how many moments there were for something else to happen
 */
export const deliverInOrder = async (
  saga: Saga,
  copies: number,
  between: (moment: number) => Promise<void>,
): Promise<number> => {
  let moment = 0;
  for (let next = 0; ; next++) {
    if (next === saga.published.length) await between(moment++);
    const event = saga.published[next];
    if (!event) return moment;
    for (const service of saga.subscribersOf(event)) {
      await between(moment++);
      await saga.deliver(service, Array<Event>(copies).fill(event));
      if (copies > 1) await saga.deliver(service, [event]);
    }
  }
};

/** Something that is to happen in the midst of it all. */
export type Plan = { readonly due: number; readonly act: () => Promise<void> };

type Inbound = {
  /** By topic and order: of these the order is kept. */
  readonly queues: Map<string, Event[]>;
  /** Delivered once; to be delivered a second time at any later moment. */
  readonly again: Event[];
};

/**
 * Every event twice; any order between topics, services and orders of customers; in batches of any size. Of one topic and order the
 * first copies come in their order.
 * @param onPublished what an event makes somebody outside do, so many steps later
 */
export const deliverShuffled = async (
  saga: Saga,
  random: Random,
  options: { plans?: readonly Plan[]; onPublished?: (event: Event) => Plan | undefined; forgetful?: boolean } = {},
): Promise<void> => {
  const { onPublished = () => undefined, forgetful = false } = options;
  const plans = [...(options.plans ?? [])];
  const inbound = new Map<Service, Inbound>();
  /** Some ways are slow in this run, so that what is far behind on one is far ahead on another. */
  const pace = new Map<string, number>();
  const paceOf = (way: string): number => {
    const known = pace.get(way) ?? random.pick([1, 1, 0.1, 0.01]);
    pace.set(way, known);
    return known;
  };

  let seen = 0;
  const enqueue = (step: number) => {
    for (; seen < saga.published.length; seen++) {
      const event = saga.published[seen] as Event;
      for (const service of saga.subscribersOf(event)) {
        const { queues } = inbound.get(service) ?? { queues: new Map<string, Event[]>() };
        if (!inbound.has(service)) inbound.set(service, { queues, again: [] });
        const way = `${event.topic} ${event.correlationId}`;
        queues.set(way, [...(queues.get(way) ?? []), event]);
      }
      const plan = onPublished(event);
      if (plan) plans.push({ ...plan, due: step + plan.due });
    }
  };

  for (let step = 0; ; step++) {
    enqueue(step);
    const busy = [...inbound].filter(([, { queues, again }]) => queues.size > 0 || again.length > 0);
    const due = plans.findIndex((plan) => plan.due <= step || busy.length === 0);
    const [plan] = due === -1 ? [] : plans.splice(due, 1);
    if (plan) {
      await plan.act();
      continue;
    }
    if (busy.length === 0) return;
    const [service, waiting] = weighted(random, busy, ([name]) => paceOf(name));
    const batch: Event[] = [];
    for (let size = 1 + random.below(20); size > 0; size--) {
      const event = take(random, waiting, (topic) => paceOf(`${service} ${topic}`));
      if (event) batch.push(event);
    }
    await saga.deliver(service, batch);
    if (forgetful && random.next() < 0.2) await saga.forget();
  }
};

const take = (random: Random, { queues, again }: Inbound, paceOf: (topic: string) => number): Event | undefined => {
  if (again.length > 0 && (queues.size === 0 || random.next() < 0.3))
    return again.splice(random.below(again.length), 1)[0];
  if (queues.size === 0) return undefined;
  const [way, events] = weighted(random, [...queues], ([name]) => paceOf(name.split(' ')[0] as string));
  const event = events.shift();
  if (events.length === 0) queues.delete(way);
  if (event) again.push(event);
  return event;
};

const weighted = <Item>(random: Random, items: readonly Item[], weight: (item: Item) => number): Item => {
  let at = random.next() * items.reduce((sum, item) => sum + weight(item), 0);
  for (const item of items) {
    at -= weight(item);
    if (at < 0) return item;
  }
  return items.at(-1) as Item;
};
