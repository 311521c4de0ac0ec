import type { Event } from '@quadrille/contracts/event';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliverInOrder, deliverShuffled, type Plan } from './support/delivery.ts';
import { type Course, courses, everyRow, netRowsAbout, prepare, provider, rowsAbout } from './support/orders.ts';
import { type Random, randomFrom } from './support/random.ts';
import { type Saga, startSaga } from './support/saga.ts';

const seeds = 200;
/** Of the tests with many seeds, on a busy machine with a slow disk (ms). */
const patience = 900_000;

describe('delivery', () => {
  let saga: Saga;
  /** How orders of each course end when every event comes once and in order: without a cancellation, and with one at each moment. */
  const ends = new Map<Course, { undisturbed: unknown; cancelled: unknown[] }>();

  beforeAll(async () => {
    saga = await startSaga();
    for (const course of courses) {
      const { order, moments } = await inOrder(course);
      const undisturbed = await netRowsAbout(saga, order);
      const cancelled: unknown[] = [];
      for (let cancelAt = 0; cancelAt < moments; cancelAt++)
        cancelled.push(await netRowsAbout(saga, (await inOrder(course, { cancelAt })).order));
      ends.set(course, { undisturbed, cancelled });
    }
  }, patience);
  beforeEach(() => saga.begin());
  afterAll(() => saga?.drop());

  /** One order on its way. @param cancelAt the moment at which the user gives up */
  const inOrder = async (course: Course, { copies = 1, cancelAt = -1 } = {}) => {
    saga.begin();
    const order = await prepare(saga, course);
    await saga.submit(order.orderId, order.request);
    const answer = provider(saga, [order]);
    let seen = 0;
    const moments = await deliverInOrder(saga, copies, async (moment) => {
      for (; seen < saga.published.length; seen++) await answer(saga.published[seen] as Event)?.act();
      if (moment === cancelAt) await saga.cancel(order.orderId);
    });
    return { order, moments };
  };

  /** Two orders of each course, one of them cancelled somewhere on its way; all of them mixed, and every event twice. */
  const inDisorder = async (random: Random, forgetful = false) => {
    saga.begin();
    const orders = [];
    const plans: Plan[] = [];
    for (const course of courses)
      for (const cancelled of [false, true]) {
        const order = { ...(await prepare(saga, course)), cancelled };
        orders.push(order);
        await saga.submit(order.orderId, order.request);
        if (cancelled) plans.push({ due: random.below(50), act: () => saga.cancel(order.orderId) });
      }
    const onPublished = provider(saga, orders, () => random.below(20));
    await deliverShuffled(saga, random, { plans, onPublished, forgetful });
    return orders;
  };
  const expectAsInOrder = async (orders: Awaited<ReturnType<typeof inDisorder>>, seed: number) => {
    for (const order of orders) {
      const { undisturbed, cancelled } = ends.get(order.course) ?? {};
      const rows = await netRowsAbout(saga, order);
      const what = `seed ${seed}: ${order.course}${order.cancelled ? ', cancelled on its way' : ''}`;
      if (order.cancelled) expect(cancelled, what).toContainEqual(rows);
      else expect(rows, what).toEqual(undisturbed);
    }
  };

  it('in order, the courses end as they should', async () => {
    const status = (course: Course) =>
      Object.fromEntries(
        Object.entries(ends.get(course)?.undisturbed as Record<string, { status?: string } | null>)
          .filter(([table]) => table !== 'products')
          .map(([table, row]) => [table, row?.status]),
      );
    const open = { orders: 'awaiting-payment', reservations: 'reserved', payments: 'pending' };
    const gone = { orders: 'cancelled', reservations: undefined, coupon_uses: undefined, coupons: 'unused' };
    expect(courses.map((course) => status(course))).toEqual([
      { ...open, coupon_uses: 'held', coupons: 'used' },
      { ...open, coupon_uses: 'none', coupons: 'unused' },
      { orders: 'paid', reservations: 'sold', coupon_uses: 'used', coupons: 'used', payments: 'succeeded' },
      { ...gone, payments: undefined },
      { ...gone, payments: undefined },
      // Who told us that it failed keeps the books of the payment.
      { ...gone, payments: 'pending' },
      { ...gone, payments: 'pending' },
    ]);
  });

  it('R29: cancelled at whatever moment, an order is paid or nothing is held for it', () => {
    for (const course of courses) {
      const { undisturbed, cancelled } = ends.get(course) ?? { cancelled: [] };
      expect(cancelled.length).toBeGreaterThan(2);
      for (const end of cancelled as Record<string, Record<string, unknown> | null>[]) {
        if (end.orders?.status === 'paid') {
          expect(end).toEqual(undisturbed);
          continue;
        }
        expect(end).toMatchObject({ orders: { status: 'cancelled' }, reservations: null, coupon_uses: null });
        expect(end.products).toMatchObject({ reserved: 0, sold: 0 });
        expect(end.coupons).toMatchObject({ status: 'unused', order_id: null });
      }
    }
  });

  it.each(courses)('R40: %s: every event three times, in order: no row differs, nor any version', async (course) => {
    const { order: once, moments } = await inOrder(course);
    for (let cancelAt = -1; cancelAt < moments; cancelAt++) {
      const { order: reference } = cancelAt === -1 ? { order: once } : await inOrder(course, { cancelAt });
      const { order } = await inOrder(course, { cancelAt, copies: 2 });
      expect(await rowsAbout(saga, order), `cancelled at ${cancelAt}`).toEqual(await rowsAbout(saga, reference));
    }
  });

  it(`R16, R26: every event twice and in any order between topics: all ends as in order (${seeds} seeds)`, {
    timeout: patience,
  }, async () => {
    for (let seed = 1; seed <= seeds; seed++) await expectAsInOrder(await inDisorder(randomFrom(seed)), seed);
  });

  it('R21: all ends as in order even when the inboxes are lost again and again on the way', {
    timeout: patience,
  }, async () => {
    for (let seed = 1_001; seed <= 1_030; seed++) await expectAsInOrder(await inDisorder(randomFrom(seed), true), seed);
  });

  it('R21: with empty inboxes the whole history once more changes no business row', async () => {
    for (let seed = 2_001; seed <= 2_010; seed++) {
      await inDisorder(randomFrom(seed));
      const before = await everyRow(saga);
      await saga.forget();
      await deliverShuffled(saga, randomFrom(-seed));
      expect(await everyRow(saga), `seed ${seed}`).toEqual(before);
    }
  });
});
