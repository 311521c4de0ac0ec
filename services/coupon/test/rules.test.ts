import { couponApplied, couponRejected, couponReleased } from '@quadrille/contracts/coupon-events';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { paymentExpired, paymentFailed, paymentSucceeded } from '@quadrille/contracts/payment-events';
import { stockReserved } from '@quadrille/contracts/stock-events';
import type { Reason } from '@quadrille/contracts/values';
import {
  everyWay,
  fold,
  inWords,
  now,
  orderId,
  received,
  type Step,
  unlawful,
  waysThatBreak,
} from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { type CouponState, decide, type Received, subscribes } from '../rules.ts';
import type { Coupon, CouponUseStatus } from '../schema.ts';

type Status = CouponUseStatus | 'no row';

const paymentId = '01990000-0000-7000-8000-0000000000b1';
const anotherOrder = '01990000-0000-7000-8000-00000000000c';
const reason = (step: Reason['step']): Reason => ({ code: 'some-code', message: 'some reason', step });
const order = { userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 1 };

const reserved = received(stockReserved.of(order));
const events: { [Type in Received['type']]: Received } = {
  'stock-reserved': reserved,
  'payment-succeeded': received(paymentSucceeded.of({ paymentId, amount: 100 })),
  'payment-failed': received(paymentFailed.of({ paymentId, reason: reason('pay') })),
  'payment-expired': received(paymentExpired.of({ paymentId, reason: reason('pay') })),
  'order-cancelled': received(orderCancelled.of({ reason: reason('order') })),
};

/** The coupon once the order's use of it is in this status. */
const holder: Record<Status, Pick<Coupon, 'status' | 'orderId'> | undefined> = {
  'no row': { status: 'unused', orderId: null },
  none: undefined,
  held: { status: 'used', orderId },
  used: { status: 'used', orderId },
  rejected: { status: 'used', orderId: anotherOrder },
  released: { status: 'unused', orderId: null },
  tombstone: { status: 'unused', orderId: null },
};
const coupon = (status: Status = 'no row'): Coupon | undefined =>
  holder[status] && { couponId: 1, userId: 1, amount: 1000, expiresAt: null, ...holder[status] };
const use = (status: CouponUseStatus) => ({
  orderId,
  couponId: status === 'none' || status === 'tombstone' ? null : 1,
  discount: status === 'held' || status === 'used' || status === 'released' ? 1000 : 0,
  status,
  updatedAt: now,
});
const given = (status: Status): CouponState => ({
  use: status === 'no row' ? undefined : use(status),
  coupon: coupon(status),
});
const rule = (state: CouponState, event: Received) => decide(state, event, now);

const undone = 'says coupon-released (undone)';
const nothingToUndo = 'says coupon-released (nothing-to-undo)';

/** Coupon's lines of the choreography. The type asks for a row for each status, and in each row for every event. */
const choreography: Record<Status, Record<Received['type'], string>> = {
  'no row': {
    'stock-reserved': 'held, says coupon-applied',
    'payment-succeeded': 'nothing',
    'payment-failed': `tombstone, ${nothingToUndo}`,
    'payment-expired': `tombstone, ${nothingToUndo}`,
    'order-cancelled': `tombstone, ${nothingToUndo}`,
  },
  none: {
    'stock-reserved': 'nothing',
    'payment-succeeded': 'nothing',
    'payment-failed': nothingToUndo,
    'payment-expired': nothingToUndo,
    'order-cancelled': nothingToUndo,
  },
  held: {
    'stock-reserved': 'nothing',
    'payment-succeeded': 'used',
    'payment-failed': `released, ${undone}`,
    'payment-expired': `released, ${undone}`,
    'order-cancelled': `released, ${undone}`,
  },
  used: {
    'stock-reserved': 'nothing',
    'payment-succeeded': 'nothing',
    'payment-failed': `released, ${undone}`,
    'payment-expired': `released, ${undone}`,
    'order-cancelled': `released, ${undone}`,
  },
  rejected: {
    'stock-reserved': 'nothing',
    'payment-succeeded': 'nothing',
    'payment-failed': nothingToUndo,
    'payment-expired': nothingToUndo,
    'order-cancelled': nothingToUndo,
  },
  released: {
    'stock-reserved': 'nothing',
    'payment-succeeded': 'nothing',
    'payment-failed': nothingToUndo,
    'payment-expired': nothingToUndo,
    'order-cancelled': nothingToUndo,
  },
  tombstone: {
    'stock-reserved': 'nothing',
    'payment-succeeded': 'nothing',
    'payment-failed': nothingToUndo,
    'payment-expired': nothingToUndo,
    'order-cancelled': nothingToUndo,
  },
};

describe('coupon, line by line', () => {
  for (const status of Object.keys(choreography) as Status[]) {
    it(`has a line for every event it subscribes: ${status}`, () => {
      expect(Object.keys(choreography[status]).sort()).toEqual(subscribes.map(({ type }) => type).sort());
    });

    it.each(Object.entries(choreography[status]))(`${status}: %s -> %s`, (type, expected) => {
      const { state, emit } = rule(given(status), events[type as Received['type']]);
      expect(inWords(state?.use?.status, emit)).toBe(expected);
      expect(state?.coupon ?? coupon(status)).toEqual(coupon(state?.use?.status ?? status));
      expect(unlawful('coupon', emit ?? [])).toEqual([]);
    });
  }
});

describe('coupon, to the letter', () => {
  it('holds the coupon and tells what it takes off', () => {
    expect(rule(given('no row'), reserved)).toEqual({
      state: { use: use('held'), coupon: coupon('held') },
      emit: [couponApplied.of({ ...order, discount: 1000 })],
    });
  });

  it('takes off no more than there is to pay', () => {
    expect(rule(given('no row'), received(stockReserved.of({ ...order, amount: 999 })))).toEqual({
      state: { use: { ...use('held'), discount: 999 }, coupon: coupon('held') },
      emit: [couponApplied.of({ ...order, amount: 999, discount: 999 })],
    });
  });

  it('has nothing to apply when the order brings no coupon', () => {
    const state = { use: undefined, coupon: undefined };
    expect(rule(state, received(stockReserved.of({ ...order, couponId: 0 })))).toEqual({
      state: { use: use('none') },
      emit: [couponApplied.of({ ...order, couponId: 0, discount: 0 })],
    });
  });

  it('turns the hold into use, and says nothing', () => {
    expect(rule(given('held'), events['payment-succeeded'])).toEqual({ state: { use: use('used') } });
  });

  it.each(['held', 'used'] as const)('gives back what is %s', (status) => {
    expect(rule(given(status), events['order-cancelled'])).toEqual({
      state: { use: use('released'), coupon: coupon('released') },
      emit: [couponReleased.of({ outcome: 'undone' })],
    });
  });

  it('remembers a cancellation that comes first, and then does not hold', () => {
    const { state, emitted } = fold(rule, given('no row'), [events['order-cancelled'], reserved]);
    expect(state).toEqual(given('tombstone'));
    expect(emitted).toEqual([couponReleased.of({ outcome: 'nothing-to-undo' })]);
  });
});

describe('coupon refuses', () => {
  const unused = { couponId: 1, userId: 1, amount: 1000, status: 'unused', orderId: null, expiresAt: null } as const;
  it.each<[code: string, message: string, coupon: Coupon | undefined]>([
    ['unknown-coupon', 'there is no coupon 1', undefined],
    ['foreign-coupon', 'coupon 1 belongs to someone else', { ...unused, userId: 2 }],
    ['coupon-used', 'coupon 1 has been used', { ...unused, status: 'used', orderId: anotherOrder }],
    ['coupon-expired', 'coupon 1 has expired', { ...unused, expiresAt: new Date(now.getTime() - 1) }],
    ['coupon-expired', 'coupon 1 has expired', { ...unused, expiresAt: now }],
  ])('%s: %s', (code, message, coupon) => {
    expect(rule({ use: undefined, coupon }, reserved)).toEqual({
      state: { use: use('rejected') },
      emit: [couponRejected.of({ reason: { code, message, step: 'coupon' } })],
    });
  });

  it('but not a coupon that expires a moment later', () => {
    const { state } = rule({ use: undefined, coupon: { ...unused, expiresAt: new Date(now.getTime() + 1) } }, reserved);
    expect(state?.use?.status).toBe('held');
  });
});

describe('coupon, whatever order the topics deliver in (R16, R26)', () => {
  /** The coupon is this order's or free, and `undone` is said only when it goes from the one to the other. */
  const isExact = ({ before, after, emitted }: Step<CouponState>): boolean => {
    const gaveBack = before.coupon?.status === 'used' && after.coupon?.status === 'unused';
    const says = emitted.some(({ data }) => (data as { outcome?: string }).outcome === 'undone');
    return (after.coupon?.status === 'used') === (after.coupon?.orderId === orderId) && gaveBack === says;
  };
  const isFree = ({ coupon }: CouponState) => coupon?.status === 'unused' && coupon.orderId === null;

  it.each<[saga: string, ...types: Received['type'][]]>([
    ['the payment fails', 'stock-reserved', 'payment-failed'],
    ['the payment expires', 'stock-reserved', 'payment-expired'],
    ['the user cancels', 'stock-reserved', 'order-cancelled'],
    ['the user cancels, the payment fails', 'stock-reserved', 'payment-failed', 'order-cancelled'],
    ['the user cancels, the payment expires', 'stock-reserved', 'payment-expired', 'order-cancelled'],
    ['the user cancels, the payment succeeds', 'stock-reserved', 'payment-succeeded', 'order-cancelled'],
  ])('%s: the coupon is free again', (_saga, ...types) => {
    const steps = everyWay(
      rule,
      given('no row'),
      types.map((type) => events[type]),
    );
    expect(waysThatBreak(steps, isExact)).toEqual([]);
    expect(waysThatBreak(steps, ({ complete, after }) => !complete || isFree(after))).toEqual([]);
    const ends = new Set(steps.filter(({ complete }) => complete).map(({ after }) => after.use?.status));
    expect(ends).toEqual(new Set(['released', 'tombstone']));
  });

  it("the coupon is another order's, and the user cancels: it stays the other's", () => {
    const start = { use: undefined, coupon: coupon('rejected') };
    const steps = everyWay(rule, start, [reserved, events['order-cancelled']]);
    expect(waysThatBreak(steps, ({ after }) => after.coupon?.orderId === anotherOrder)).toEqual([]);
  });

  it('the order is paid: it is used, once', () => {
    const steps = everyWay(rule, given('held'), [reserved, events['payment-succeeded']]);
    expect(waysThatBreak(steps, isExact)).toEqual([]);
    expect(waysThatBreak(steps, ({ complete, after }) => !complete || after.use?.status === 'used')).toEqual([]);
  });
});
