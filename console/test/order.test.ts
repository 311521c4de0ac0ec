import type { Event } from '@quadrille/contracts/event';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/support/random.ts';
import { createTally } from '../projection/minutes.ts';
import { finishedAt, observe, submittedAt } from '../projection/order.ts';
import type { OrderRow } from '../schema.ts';
import { type Kind, kinds, tell } from './scenarios.ts';

const noon = Date.parse('2026-05-04T12:00:00.000Z');

const project = (events: readonly Event[]) => {
  const tally = createTally();
  const seen = new Set<string>();
  let row: OrderRow | undefined;
  for (const event of events) {
    const before = row;
    row = observe(row, event);
    if (!seen.has(event.id)) tally.count(event, before, row);
    seen.add(event.id);
  }
  return { row: row as OrderRow, minutes: tally.rows() };
};

const ends: Record<Kind, readonly [status: string, waitsFor: string]> = {
  submitted: ['submitted', 'stock'],
  reserved: ['stock-reserved', 'coupon'],
  applied: ['coupon-applied', 'pay'],
  placed: ['awaiting-payment', 'customer'],
  paid: ['paid', ''],
  'out of stock': ['cancelled', ''],
  'coupon refused': ['cancelled', ''],
  declined: ['cancelled', ''],
  expired: ['cancelled', ''],
  'cancelled at once': ['cancelled', ''],
  'cancelled when placed': ['cancelled', ''],
  'cancelled, then paid': ['cancelled', ''],
  'cancelled, stock away': ['cancelling', 'stock'],
};

describe.each(kinds)('an order that is %s', (kind) => {
  it('stands where its events leave it', () => {
    const { row } = project(tell(randomFrom(1), kind, noon).events);
    expect([row.status, row.waitsFor.join()]).toEqual(ends[kind]);
    expect(row.waitsSince === null).toBe(row.waitsFor.length === 0);
    expect(finishedAt(row) === null).toBe(row.waitsFor.length > 0);
  });

  it('is the same in whatever order its events come, and however often', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      const { events } = tell(random, kind, noon);
      const copies = events.flatMap((event) => Array<Event>(1 + random.below(3)).fill(event));
      expect(project(random.shuffle(copies))).toEqual(project(events));
    }
  });
});

describe('an order of which only a later event is known yet', () => {
  it('stands where that event puts it', () => {
    const { events } = tell(randomFrom(3), 'placed', noon);
    const { row } = project(events.slice(-1));
    expect(row).toMatchObject({ status: 'awaiting-payment', waitsFor: ['customer'], userId: null });
    expect(submittedAt(row)).toBeNull();
  });

  it('waits since its first sign of life when nobody knows better', () => {
    const { events } = tell(randomFrom(3), 'cancelled at once', noon);
    const released = events[2] as Event;
    expect(project([released]).row).toMatchObject({ status: 'submitted', waitsSince: new Date(released.time) });
  });
});

describe('the reason of a cancellation', () => {
  it('is the order service’s own, if it has one', () => {
    const { events } = tell(randomFrom(5), 'cancelled at once', noon);
    const rejected = {
      ...(tell(randomFrom(5), 'out of stock', noon).events[1] as Event),
      time: new Date(noon).toISOString(),
    };
    for (const order of [
      [rejected, ...events],
      [...events, rejected],
    ])
      expect(project(order).row).toMatchObject({ reasonCode: 'cancelled-by-user', reasonStep: 'order' });
  });
});

describe('the minutes', () => {
  it('count each event and each way once, when the publishers say it was', () => {
    const { minutes } = project(tell(randomFrom(9), 'placed', noon).events);
    const names = minutes.map(({ name }) => name.replace(/ \d+$/, ' MS')).sort();
    expect(names).toEqual(
      [
        'coupon MS',
        'event coupon-applied',
        'event order-created',
        'event payment-created',
        'event stock-reserved',
        'pay MS',
        'placed MS',
        'stock MS',
      ].sort(),
    );
    expect(minutes.every(({ minute, count }) => minute.getTime() === noon && count === 1)).toBe(true);
  });
});
