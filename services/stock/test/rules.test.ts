import { couponRejected } from '@quadrille/contracts/coupon-events';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import { paymentExpired, paymentFailed, paymentSucceeded } from '@quadrille/contracts/payment-events';
import { stockRejected, stockReleased, stockReserved } from '@quadrille/contracts/stock-events';
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
import { decide, type Received, type StockState, subscribes } from '../rules.ts';
import type { Product, ReservationStatus } from '../schema.ts';

const paymentId = '01990000-0000-7000-8000-0000000000b1';
const reason = (step: Reason['step']): Reason => ({ code: 'some-code', message: 'some reason', step });
const order = { userId: 1, productId: 1, productCount: 2, amount: 2200, couponId: 1 };

const created = received(orderCreated.of(order));
const events: { [Type in Received['type']]: Received } = {
  'order-created': created,
  'coupon-rejected': received(couponRejected.of({ reason: reason('coupon') })),
  'payment-succeeded': received(paymentSucceeded.of({ paymentId, amount: 1200 })),
  'payment-failed': received(paymentFailed.of({ paymentId, reason: reason('pay') })),
  'payment-expired': received(paymentExpired.of({ paymentId, reason: reason('pay') })),
  'order-cancelled': received(orderCancelled.of({ reason: reason('order') })),
};

/** The counters of the product once the order's reservation is in this status. */
const counters: Record<ReservationStatus | 'no row', Pick<Product, 'available' | 'reserved' | 'sold'>> = {
  'no row': { available: 100, reserved: 0, sold: 0 },
  reserved: { available: 98, reserved: 2, sold: 0 },
  rejected: { available: 100, reserved: 0, sold: 0 },
  sold: { available: 98, reserved: 0, sold: 2 },
  released: { available: 100, reserved: 0, sold: 0 },
  tombstone: { available: 100, reserved: 0, sold: 0 },
};
const product = (status: ReservationStatus | 'no row' = 'no row'): Product => ({
  productId: 1,
  price: 1100,
  ...counters[status],
});
const reservation = (status: ReservationStatus) => ({
  orderId,
  productId: status === 'tombstone' ? null : 1,
  productCount: status === 'tombstone' ? 0 : 2,
  status,
  updatedAt: now,
});
const given = (status: ReservationStatus | 'no row'): StockState => ({
  reservation: status === 'no row' ? undefined : reservation(status),
  product: product(status),
});
const rule = (state: StockState, event: Received) => decide(state, event, now);

const undone = 'says stock-released (undone)';
const nothingToUndo = 'says stock-released (nothing-to-undo)';

/** Stock's lines of the choreography. The type asks for a row for each status, and in each row for every event. */
const choreography: Record<ReservationStatus | 'no row', Record<Received['type'], string>> = {
  'no row': {
    'order-created': 'reserved, says stock-reserved',
    'payment-succeeded': 'nothing',
    'coupon-rejected': `tombstone, ${nothingToUndo}`,
    'payment-failed': `tombstone, ${nothingToUndo}`,
    'payment-expired': `tombstone, ${nothingToUndo}`,
    'order-cancelled': `tombstone, ${nothingToUndo}`,
  },
  reserved: {
    'order-created': 'nothing',
    'payment-succeeded': 'sold',
    'coupon-rejected': `released, ${undone}`,
    'payment-failed': `released, ${undone}`,
    'payment-expired': `released, ${undone}`,
    'order-cancelled': `released, ${undone}`,
  },
  sold: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'coupon-rejected': `released, ${undone}`,
    'payment-failed': `released, ${undone}`,
    'payment-expired': `released, ${undone}`,
    'order-cancelled': `released, ${undone}`,
  },
  rejected: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'coupon-rejected': nothingToUndo,
    'payment-failed': nothingToUndo,
    'payment-expired': nothingToUndo,
    'order-cancelled': nothingToUndo,
  },
  released: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'coupon-rejected': nothingToUndo,
    'payment-failed': nothingToUndo,
    'payment-expired': nothingToUndo,
    'order-cancelled': nothingToUndo,
  },
  tombstone: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'coupon-rejected': nothingToUndo,
    'payment-failed': nothingToUndo,
    'payment-expired': nothingToUndo,
    'order-cancelled': nothingToUndo,
  },
};

describe('stock, line by line', () => {
  for (const status of Object.keys(choreography) as (keyof typeof choreography)[]) {
    it(`has a line for every event it subscribes: ${status}`, () => {
      expect(Object.keys(choreography[status]).sort()).toEqual(subscribes.map(({ type }) => type).sort());
    });

    it.each(Object.entries(choreography[status]))(`${status}: %s -> %s`, (type, expected) => {
      const { state, emit } = rule(given(status), events[type as Received['type']]);
      expect(inWords(state?.reservation?.status, emit)).toBe(expected);
      expect(state?.product ?? product(status)).toEqual(product(state?.reservation?.status ?? status));
      expect(unlawful('stock', emit ?? [])).toEqual([]);
    });
  }
});

describe('stock, to the letter', () => {
  it('reserves what the order asks for and passes on what coupon needs', () => {
    expect(rule(given('no row'), created)).toEqual({
      state: { reservation: reservation('reserved'), product: product('reserved') },
      emit: [stockReserved.of(order)],
    });
  });

  it('sells what it reserved, and says nothing', () => {
    expect(rule(given('reserved'), events['payment-succeeded'])).toEqual({
      state: { reservation: reservation('sold'), product: product('sold') },
    });
  });

  it.each(['reserved', 'sold'] as const)('gives back what is %s', (status) => {
    expect(rule(given(status), events['order-cancelled'])).toEqual({
      state: { reservation: reservation('released'), product: product('released') },
      emit: [stockReleased.of({ outcome: 'undone' })],
    });
  });

  it('remembers a cancellation that comes first, and then does not reserve', () => {
    const { state, emitted } = fold(rule, given('no row'), [events['order-cancelled'], created]);
    expect(state).toEqual(given('tombstone'));
    expect(emitted).toEqual([stockReleased.of({ outcome: 'nothing-to-undo' })]);
  });

  it('reserves the last piece', () => {
    const { state } = rule({ reservation: undefined, product: { ...product(), available: 2 } }, created);
    expect(state?.product).toMatchObject({ available: 0, reserved: 2, sold: 0 });
  });
});

describe('stock refuses', () => {
  it.each<[code: string, message: string, product: Product | undefined, order: Partial<typeof order>]>([
    ['unknown-product', 'there is no product 1', undefined, {}],
    // E3: what nobody can order by the API: an amount is at least 1, and no more than a trillion.
    ['not-for-sale', 'product 1 is not for sale', { ...product(), price: 0 }, { amount: 0 }],
    ['not-for-sale', 'product 1 is not for sale', { ...product(), price: 0 }, {}],
    ['not-for-sale', 'product 1 is not for sale', { ...product(), price: -1100 }, {}],
    ['not-for-sale', 'product 1 is not for sale', { ...product(), price: 1_000_000_000_001 }, {}],
    ['insufficient-stock', '2 wanted, 1 available', { ...product(), available: 1 }, {}],
    ['insufficient-stock', '1000 wanted, 100 available', product(), { productCount: 1000, amount: 1_100_000 }],
    ['amount-mismatch', 'the amount must be 1100 x 2 = 2200', product(), { amount: 2199 }],
    ['amount-mismatch', 'the amount must be 1100 x 2 = 2200', product(), { amount: 2201 }],
  ])('%s: %s', (code, message, product, change) => {
    const asked = { ...order, ...change };
    expect(rule({ reservation: undefined, product }, received(orderCreated.of(asked)))).toEqual({
      state: { reservation: { ...reservation('rejected'), productCount: asked.productCount } },
      emit: [stockRejected.of({ reason: { code, message, step: 'stock' } })],
    });
  });
});

describe('stock, whatever order the topics deliver in (R16, R26)', () => {
  const total = ({ available, reserved, sold }: Product) => available + reserved + sold;
  /** Nothing is invented or lost on the way, and it says `undone` only when it gives back what it held. */
  const isExact = ({ before, after, emitted }: Step<StockState>): boolean => {
    if (!before.product || !after.product) return false;
    const { available, reserved, sold } = after.product;
    const gaveBack = available - before.product.available === 2;
    const says = emitted.some(({ data }) => (data as { outcome?: string }).outcome === 'undone');
    return Math.min(available, reserved, sold) >= 0 && total(after.product) === total(product()) && gaveBack === says;
  };

  it.each<[saga: string, first: Received['type'], ...others: Received['type'][]]>([
    ['the coupon is refused', 'order-created', 'coupon-rejected'],
    ['the payment fails', 'order-created', 'payment-failed'],
    ['the payment expires', 'order-created', 'payment-expired'],
    ['the user cancels', 'order-created', 'order-cancelled'],
    ['the user cancels, the coupon is refused', 'order-created', 'coupon-rejected', 'order-cancelled'],
    ['the user cancels, the payment fails', 'order-created', 'payment-failed', 'order-cancelled'],
    ['the user cancels, the payment expires', 'order-created', 'payment-expired', 'order-cancelled'],
    ['the user cancels, the payment succeeds', 'order-created', 'payment-succeeded', 'order-cancelled'],
  ])('%s: all is as it was', (_saga, ...types) => {
    const steps = everyWay(
      rule,
      given('no row'),
      types.map((type) => events[type]),
    );
    expect(waysThatBreak(steps, isExact)).toEqual([]);
    const isAsBefore = ({ product: { available, reserved, sold } = product() }: StockState) =>
      available === 100 && reserved === 0 && sold === 0;
    expect(waysThatBreak(steps, ({ complete, after }) => !complete || isAsBefore(after))).toEqual([]);
    const ends = new Set(steps.filter(({ complete }) => complete).map(({ after }) => after.reservation?.status));
    expect(ends).toEqual(new Set(['released', 'tombstone']));
  });

  it('the order is refused, and cancelled besides: nothing moves', () => {
    const tooMany = received(orderCreated.of({ ...order, productCount: 101, amount: 111_100 }));
    const steps = everyWay(rule, given('no row'), [tooMany, events['order-cancelled']]);
    expect(waysThatBreak(steps, ({ after }) => after.product?.available === 100)).toEqual([]);
  });

  it('the order is paid: it is sold, once', () => {
    const steps = everyWay(rule, given('reserved'), [created, events['payment-succeeded']]);
    expect(waysThatBreak(steps, isExact)).toEqual([]);
    expect(waysThatBreak(steps, ({ complete, after }) => !complete || after.product?.sold === 2)).toEqual([]);
  });
});
