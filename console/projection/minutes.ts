import type { Event } from '@quadrille/contracts/event';
import { type OrderStatus, statusAfter } from '@quadrille/contracts/orders-http';
import { forwardSteps } from '@quadrille/contracts/saga';
import type { Reason } from '@quadrille/contracts/values';
import type { OrderRow } from '../schema.ts';

/** Upper bounds, in ms. */
export const buckets: readonly number[] = [
  5, 10, 20, 35, 50, 75, 100, 150, 200, 350, 500, 750, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000,
];

const typeAfter = (status: OrderStatus): string =>
  forwardSteps.find(({ type }) => statusAfter.get(type) === status)?.type ?? '';

/** The part of each service in placing an order: from the step before its first one to that. */
const parts = forwardSteps
  .filter(({ type, after, by }) => after && by !== 'customer' && statusAfter.has(type))
  .map(({ type, after, by }) => ({ name: by, from: after ?? '', to: type }));

/** The services whose part in placing an order is timed, in the order of the saga. */
export const timedServices: readonly string[] = parts.map(({ name }) => name);

/** What is timed: the whole, and each service's part of it. By its name in the table `minutes`, from which event to which. */
export const spans: readonly { readonly name: string; readonly from: string; readonly to: string }[] = [
  { name: 'placed', from: typeAfter('submitted'), to: typeAfter('awaiting-payment') },
  { name: 'paid', from: typeAfter('submitted'), to: typeAfter('paid') },
  ...parts,
];

/** Counts by minute and name, as the table `minutes` has them. */
export type Tally = {
  readonly count: (event: Event, before: OrderRow | undefined, after: OrderRow) => void;
  readonly rows: () => { minute: Date; name: string; count: number }[];
};

/** Counts an event that is new, and each span that it completes: the one or the other end may come first. */
export const createTally = (): Tally => {
  const counts = new Map<string, { minute: Date; name: string; count: number }>();
  const add = (at: Date, name: string) => {
    const minute = Math.floor(at.getTime() / 60_000) * 60_000;
    const key = `${minute} ${name}`;
    const row = counts.get(key) ?? { minute: new Date(minute), name, count: 0 };
    row.count++;
    counts.set(key, row);
  };
  return {
    count: (event, before, after) => {
      const at = new Date(event.time);
      add(at, `event ${event.type}`);
      const { reason } = event.data as { reason?: Reason };
      if (reason) add(at, `refused ${reason.code}`);
      for (const { name, from, to } of spans) {
        const [start, end] = [after.times[from], after.times[to]];
        if (!start || !end || (before?.times[from] && before.times[to])) continue;
        const ms = end.getTime() - start.getTime();
        add(end, `${name} ${buckets.find((bound) => ms <= bound) ?? 'more'}`);
      }
    },
    // Sorted, so that two transactions lock these rows in the same order.
    rows: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
  };
};
