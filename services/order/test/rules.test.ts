import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import { type OrderStatus, orderStatus } from '@quadrille/contracts/orders-http';
import { inWords, now, orderId, unlawful } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { expire, submit, subscribes } from '../rules.ts';
import type { Order } from '../schema.ts';
import { after, deadline, type Happening, historyOf, nobody, paymentId, request, rule } from './happenings.ts';

const calledOff = 'cancelling, says order-cancelled';

/** A rejection turns an order back; an answer that comes before its cause is noted. So it is all along the way forward. */
const onTheWay = {
  'stock-rejected': 'cancelled',
  'coupon-rejected': 'cancelling',
  'payment-failed': 'cancelling',
  'payment-expired': 'cancelling',
  'stock-released': 'noted',
  'coupon-released': 'noted',
  'payment-voided': 'noted',
  'payment-refunded': 'noted',
  cancel: calledOff,
} satisfies Partial<Record<Happening, string>>;

const nothingAtAll: Record<Happening, string> = {
  'stock-reserved': 'nothing',
  'stock-rejected': 'nothing',
  'stock-released': 'nothing',
  'coupon-applied': 'nothing',
  'coupon-rejected': 'nothing',
  'coupon-released': 'nothing',
  'payment-created': 'nothing',
  'payment-succeeded': 'nothing',
  'payment-failed': 'nothing',
  'payment-expired': 'nothing',
  'payment-voided': 'nothing',
  'payment-refunded': 'nothing',
  cancel: 'nothing',
  expire: 'nothing',
};

/** Order's lines of the choreography. The type asks for a row for each status, and in each row for all that can happen. */
const choreography: Record<OrderStatus | 'no row', Record<Happening, string>> = {
  'no row': nothingAtAll,
  submitted: {
    ...onTheWay,
    'stock-reserved': 'stock-reserved',
    'coupon-applied': 'coupon-applied',
    'payment-created': 'awaiting-payment',
    'payment-succeeded': 'paid',
    expire: calledOff,
  },
  'stock-reserved': {
    ...onTheWay,
    'stock-reserved': 'nothing',
    'coupon-applied': 'coupon-applied',
    'payment-created': 'awaiting-payment',
    'payment-succeeded': 'paid',
    expire: calledOff,
  },
  'coupon-applied': {
    ...onTheWay,
    'stock-reserved': 'nothing',
    'coupon-applied': 'nothing',
    'payment-created': 'awaiting-payment',
    'payment-succeeded': 'paid',
    expire: calledOff,
  },
  'awaiting-payment': {
    ...onTheWay,
    'stock-reserved': 'nothing',
    'coupon-applied': 'nothing',
    'payment-created': 'nothing',
    'payment-succeeded': 'paid',
    // It is placed: from here on the payment's own expiry counts.
    expire: 'nothing',
  },
  paid: nothingAtAll,
  // Called off by the user, so all three owe an answer.
  cancelling: {
    ...nothingAtAll,
    'stock-released': 'noted',
    'coupon-released': 'noted',
    'payment-voided': 'noted',
    'payment-refunded': 'noted',
  },
  cancelled: nothingAtAll,
};

const given = (status: OrderStatus | 'no row'): Order | undefined =>
  status === 'no row' ? undefined : after(...historyOf[status]);

/** What became of the order: its new status, or `noted` when only an answer was ticked off. */
const outcome = (before: Order | undefined, order: Order | undefined): string | undefined => {
  if (!order) return undefined;
  if (order.status !== before?.status) return order.status;
  return order.answered.length === before.answered.length + 1 ? 'noted' : 'changed without need';
};

describe('order, line by line', () => {
  it('has a line for every status, and in each for every event it subscribes to', () => {
    expect(Object.keys(choreography).sort()).toEqual(['no row', ...orderStatus.options].sort());
    const happenings = ['cancel', 'expire', ...subscribes.map(({ type }) => type)].sort();
    for (const line of Object.values(choreography)) expect(Object.keys(line).sort()).toEqual(happenings);
  });

  for (const status of Object.keys(choreography) as (OrderStatus | 'no row')[])
    it.each(Object.entries(choreography[status]))(`${status}: %s -> %s`, (happening, expected) => {
      const order = given(status);
      expect(order?.status ?? 'no row').toBe(status);
      const { state, emit } = rule({ order }, happening as Happening);
      expect(inWords(outcome(order, state?.order), emit)).toBe(expected);
      expect(unlawful('order', emit ?? [])).toEqual([]);
      if (state?.order) expect(state.order.version).toBe((order?.version ?? 0) + 1);
    });
});

describe('order, to the letter', () => {
  const submitted = after();

  it('takes an order', () => {
    expect(submit(orderId, request, deadline, now)).toEqual({
      state: {
        order: {
          orderId,
          userId: 1,
          productId: 1,
          productCount: 1,
          amount: 1100,
          couponId: 1,
          discount: 0,
          status: 'submitted',
          version: 1,
          answered: [],
          happened: null,
          reasonCode: null,
          reasonMessage: null,
          reasonStep: null,
          paymentId: null,
          paymentAmount: null,
          paymentExpiresAt: null,
          submittedAt: now,
          deadline: new Date('2025-09-01T12:01:00.000Z'),
          placedAt: null,
          finishedAt: null,
          updatedAt: now,
        },
      },
      emit: [orderCreated.of(request)],
    });
  });

  it('is placed with the payment to make, and has no deadline any more', () => {
    expect(after(...historyOf['awaiting-payment'])).toEqual({
      ...submitted,
      status: 'awaiting-payment',
      version: 4,
      discount: 1000,
      placedAt: now,
      deadline: null,
      paymentId,
      paymentAmount: 100,
      paymentExpiresAt: new Date('2025-09-01T12:15:00.000Z'),
    });
  });

  it('is paid', () => {
    const placed = after(...historyOf['awaiting-payment']);
    expect(after(...historyOf.paid)).toEqual({ ...placed, status: 'paid', version: 5, finishedAt: now });
  });

  it('is cancelled at once when stock refuses', () => {
    expect(after('stock-rejected')).toEqual({
      ...submitted,
      status: 'cancelled',
      version: 2,
      deadline: null,
      finishedAt: now,
      reasonCode: 'stock-refused',
      reasonMessage: 'stock says no',
      reasonStep: 'stock',
    });
  });

  it.each([
    ['cancel', 'cancelled-by-user', 'the user cancelled the order'],
    ['expire', 'deadline-passed', 'the order was not placed in time'],
  ] as const)('%s tells everyone why: %s', (happening, code, message) => {
    const { state, emit } = rule({ order: submitted }, happening);
    expect(emit).toEqual([orderCancelled.of({ reason: { code, message, step: 'order' } })]);
    expect(state?.order).toMatchObject({
      status: 'cancelling',
      reasonCode: code,
      reasonMessage: message,
      reasonStep: 'order',
      deadline: null,
      finishedAt: null,
    });
  });

  it('keeps the first reason', () => {
    expect(after('coupon-rejected', 'cancel', 'payment-failed')).toMatchObject({ reasonCode: 'coupon-refused' });
  });
});

describe('the deadline', () => {
  const justBefore = new Date('2025-09-01T12:00:59.999Z');

  it('is not early', () => {
    expect(expire({ order: after() }, justBefore)).toEqual({});
    expect(expire(nobody, justBefore)).toEqual({});
  });

  it('changes nothing about an order that is paid, also when that was received before it was placed', () => {
    expect(rule({ order: after('payment-succeeded') }, 'expire')).toEqual({});
    expect(rule({ order: after('payment-succeeded', 'payment-created') }, 'expire')).toEqual({});
  });
});
