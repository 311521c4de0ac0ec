import type { KeptRow } from '@quadrille/participant/per-order';
import type { Service } from '@quadrille/services';
import type { Order } from '@quadrille/services/order/schema';
import { describe, expect, it } from 'vitest';
import { contradictions, isUnfinished } from '../verify/consistency.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-01-01T01:00:00Z');
const orderId = '11111111-1111-4111-8111-111111111111';

const order = {
  ...{ orderId, userId: 1, productId: 3, productCount: 2, amount: 200, couponId: 7, discount: 50, version: 1 },
  ...{ reasonCode: null, reasonMessage: null, reasonStep: null, answered: [], happened: null, deadline: null },
  ...{ paymentId: orderId, paymentAmount: 150, paymentExpiresAt: later },
  ...{ submittedAt: now, placedAt: now, finishedAt: null, updatedAt: now },
} satisfies Omit<Order, 'status'>;
const goods = { orderId, productId: 3, productCount: 2 };
const coupon = { orderId, couponId: 7, discount: 50 };

/** Rows as the services' tables hold them, as far as they are compared. */
type Row = KeptRow & Readonly<Record<string, unknown>>;
type Rows = Readonly<Partial<Record<Service, Row>>>;

const placed = {
  order: { ...order, status: 'awaiting-payment' },
  stock: { ...goods, status: 'reserved' },
  coupon: { ...coupon, status: 'held' },
  pay: { orderId, amount: 150, status: 'pending' },
} satisfies Rows;
const paid = {
  order: { ...order, status: 'paid', finishedAt: now },
  stock: { ...goods, status: 'sold' },
  coupon: { ...coupon, status: 'used' },
  pay: { orderId, amount: 150, status: 'succeeded' },
} satisfies Rows;
const cancelled = {
  order: { ...order, status: 'cancelled', finishedAt: now },
  stock: { ...goods, status: 'released' },
  coupon: { ...coupon, status: 'released' },
  pay: { orderId, amount: 150, status: 'voided' },
} satisfies Rows;

describe('services agree about an order', () => {
  it.each<[string, Rows]>([
    ['placed', placed],
    ['paid', paid],
    ['cancelled', cancelled],
    [
      'cancelled before the others received it',
      {
        order: cancelled.order,
        stock: { orderId, status: 'tombstone', productId: null, productCount: 0 } as object as Rows['stock'] & object,
      },
    ],
    [
      'paid by its coupon alone',
      {
        ...paid,
        order: { ...paid.order, discount: 200 },
        coupon: { ...paid.coupon, discount: 200 },
        pay: { ...paid.pay, amount: 0 },
      },
    ],
  ])('that is %s', (_, rows) => {
    expect(contradictions(rows)).toEqual([]);
    expect(isUnfinished(rows, now)).toBe(false);
  });
});

describe('services do not agree about', () => {
  it.each<[string, Rows, string]>([
    [
      'goods that are only reserved',
      { ...paid, stock: placed.stock },
      'its reservation is reserved where it should be sold',
    ],
    [
      'goods that nobody holds',
      { order: placed.order, coupon: placed.coupon, pay: placed.pay },
      'its reservation is missing where it should be reserved',
    ],
    [
      'other goods',
      { ...placed, stock: { ...placed.stock, productId: 4 } },
      'the product reserved is 4 where it should be 3',
    ],
    [
      'another discount',
      { ...placed, coupon: { ...placed.coupon, discount: 40 } },
      "coupon's discount is 40 where it should be 50",
    ],
    [
      'another amount',
      { ...placed, pay: { ...placed.pay, amount: 200 } },
      'the amount to pay is 200 where it should be 150',
    ],
    ['goods that are kept', { ...cancelled, stock: paid.stock }, 'cancelled, but 2 of product 3 are sold for it'],
    ['a coupon that is kept', { ...cancelled, coupon: paid.coupon }, 'cancelled, but coupon 7 is used by it'],
    ['an open payment', { ...cancelled, pay: placed.pay }, 'cancelled, but its payment is pending'],
    ['money that is kept', { ...cancelled, pay: paid.pay }, 'cancelled, but its payment is succeeded'],
    ['an order without a row', { stock: placed.stock }, 'stock knows it (reserved: 2 of product 3), order does not'],
  ])('%s', (_, rows, what) => {
    expect(contradictions(rows).join('; ')).toContain(what);
  });

  it.each<[string, Rows]>([
    ['an order half-way', { ...placed, order: { ...order, status: 'coupon-applied' } }],
    ['an order being cancelled', { ...placed, order: { ...order, status: 'cancelling' } }],
    ['an unpaid order whose time is over', { ...placed, order: { ...placed.order, paymentExpiresAt: now } }],
  ])('%s yet: it is unfinished', (_, rows) => {
    expect(isUnfinished(rows, new Date(now.getTime() + 1))).toBe(true);
  });
});
