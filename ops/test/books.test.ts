import { describe, expect, it } from 'vitest';
import { type Books, contradictions, isUnfinished } from '../audit/books.ts';

const later = new Date('2026-01-01T01:00:00Z');
const now = new Date('2026-01-01T00:00:00Z');
const order = { amount: 200, discount: 50, couponId: 7, productId: 3, productCount: 2, paymentExpiresAt: later };
const goods = { productId: 3, productCount: 2 };
const coupon = { couponId: 7, discount: 50 };

const placed: Books = {
  order: { ...order, status: 'awaiting-payment' },
  reservation: { ...goods, status: 'reserved' },
  use: { ...coupon, status: 'held' },
  payment: { amount: 150, status: 'pending' },
  money: { kept: 0, toRefund: 0 },
};
const paid: Books = {
  order: { ...order, status: 'paid' },
  reservation: { ...goods, status: 'sold' },
  use: { ...coupon, status: 'used' },
  payment: { amount: 150, status: 'succeeded' },
  money: { kept: 150, toRefund: 0 },
};
const cancelled: Books = {
  order: { ...order, status: 'cancelled' },
  reservation: { ...goods, status: 'released' },
  use: { ...coupon, status: 'released' },
  payment: { amount: 150, status: 'voided' },
  money: { kept: 0, toRefund: 0 },
};

describe('the books of an order', () => {
  it.each([
    ['placed', placed],
    ['paid', paid],
    ['cancelled', cancelled],
    [
      'cancelled before anybody heard of it',
      {
        ...cancelled,
        reservation: { productId: null, productCount: 0, status: 'tombstone' },
        use: undefined,
        payment: undefined,
      },
    ],
    [
      'paid by its coupon alone',
      {
        ...paid,
        order: { ...order, discount: 200, status: 'paid' },
        use: { ...coupon, discount: 200, status: 'used' },
        payment: { amount: 0, status: 'succeeded' },
        money: { kept: 0, toRefund: 0 },
      },
    ],
  ] as [string, Books][])('agree when it is %s', (_, books) => {
    expect(contradictions(books)).toEqual([]);
    expect(isUnfinished(books, now)).toBe(false);
  });

  it.each([
    [
      'goods that are only reserved',
      { ...paid, reservation: placed.reservation },
      'its reservation is reserved where it should be sold',
    ],
    [
      'goods that nobody holds',
      { ...placed, reservation: undefined },
      'its reservation is missing where it should be reserved',
    ],
    [
      'other goods',
      { ...placed, reservation: { ...goods, productId: 4, status: 'reserved' } },
      'the product reserved is 4 where it should be 3',
    ],
    [
      'another discount',
      { ...placed, use: { ...coupon, discount: 40, status: 'held' } },
      "coupon's discount is 40 where it should be 50",
    ],
    [
      'another amount',
      { ...placed, payment: { amount: 200, status: 'pending' } },
      'the amount to pay is 200 where it should be 150',
    ],
    [
      'money that was never charged',
      { ...paid, money: { kept: 0, toRefund: 0 } },
      'the money charged is 0 where it should be 150',
    ],
    [
      'money charged twice',
      { ...paid, money: { kept: 300, toRefund: 0 } },
      'the money charged is 300 where it should be 150',
    ],
    [
      'money that is kept',
      { ...cancelled, money: { kept: 150, toRefund: 0 } },
      "cancelled, but 150 of the customer's money are kept",
    ],
    [
      'goods that are kept',
      { ...cancelled, reservation: paid.reservation },
      'cancelled, but 2 of product 3 are sold for it',
    ],
    ['an open payment', { ...cancelled, payment: placed.payment }, 'cancelled, but its payment is pending'],
    ['no order', { ...placed, order: undefined }, 'stock knows it (reserved'],
  ] as [string, Books, string][])('do not agree with %s', (_, books, what) => {
    expect(contradictions(books).join('; ')).toContain(what);
  });

  it.each([
    ['an order half-way', { ...placed, order: { ...order, status: 'coupon-applied' } }],
    ['an order being cancelled', { ...placed, order: { ...order, status: 'cancelling' } }],
    [
      'an unpaid order whose time is over',
      { ...placed, order: { ...order, paymentExpiresAt: now, status: 'awaiting-payment' } },
    ],
    ['money on its way back', { ...cancelled, money: { kept: 0, toRefund: 150 } }],
    ['a payment on its way back', { ...cancelled, payment: { amount: 150, status: 'refunding' } }],
  ] as [string, Books][])('are not finished with %s', (_, books) =>
    expect(isUnfinished(books, new Date(now.getTime() + 1))).toBe(true),
  );
});
