import type { Event } from '@quadrille/contracts/event';
import type { Reason } from '@quadrille/contracts/values';
import type { OrderRow } from '../schema.ts';

/** Upper bounds, in ms. */
export const buckets: readonly number[] = [
  5, 10, 20, 35, 50, 75, 100, 150, 200, 350, 500, 750, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000,
];

type Moment = 'submittedAt' | 'reservedAt' | 'appliedAt' | 'placedAt' | 'paidAt';

/** The ways whose duration is counted: the whole, and each service's part of it. */
export const ways = {
  placed: ['submittedAt', 'placedAt'],
  paid: ['submittedAt', 'paidAt'],
  stock: ['submittedAt', 'reservedAt'],
  coupon: ['reservedAt', 'appliedAt'],
  pay: ['appliedAt', 'placedAt'],
} as const satisfies Record<string, readonly [Moment, Moment]>;

export type Way = keyof typeof ways;

/** Counts by minute and name, as the table `minutes` has them. */
export type Tally = {
  readonly count: (event: Event, before: OrderRow | undefined, after: OrderRow) => void;
  readonly rows: () => { minute: Date; name: string; count: number }[];
};

/** Counts an event that is new, and each way that has become whole by it: the one or the other end may come first. */
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
      for (const [way, [from, to]] of Object.entries(ways)) {
        const [start, end] = [after[from], after[to]];
        if (!start || !end || (before?.[from] && before[to])) continue;
        const ms = end.getTime() - start.getTime();
        add(end, `${way} ${buckets.find((bound) => ms <= bound) ?? 'more'}`);
      }
    },
    // Sorted, so that two transactions lock these rows in the same order.
    rows: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
  };
};
