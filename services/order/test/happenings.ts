import { couponApplied, couponRejected, couponReleased } from '@quadrille/contracts/coupon-events';
import type { OrderStatus } from '@quadrille/contracts/orders-http';
import {
  paymentCreated,
  paymentExpired,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  paymentVoided,
} from '@quadrille/contracts/payment-events';
import { stockRejected, stockReleased, stockReserved } from '@quadrille/contracts/stock-events';
import type { Reason } from '@quadrille/contracts/values';
import type { Decision } from '@quadrille/participant/decide';
import { fold, now, orderId, received } from '@quadrille/participant/test/fold';
import { cancel, decide, expire, type OrderState, type Received, submit } from '../rules.ts';
import type { Order } from '../schema.ts';

/** All that can happen to an order: the events it subscribes to, the user's `cancel`, and `expire`, the look at the deadline after it passed. */
export type Happening = keyof typeof events | 'cancel' | 'expire';

export const request = { userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 1 };
export const paymentId = '01990000-0000-7000-8000-0000000000b1';
export const refusal = (step: Reason['step']): Reason => ({
  code: `${step}-refused`,
  message: `${step} says no`,
  step,
});

const events = {
  'stock-reserved': received(stockReserved.of(request)),
  'stock-rejected': received(stockRejected.of({ reason: refusal('stock') })),
  'stock-released': received(stockReleased.of({ outcome: 'undone' })),
  'coupon-applied': received(
    couponApplied.of({ userId: 1, productId: 1, productCount: 1, couponId: 1, amount: 1100, discount: 1000 }),
  ),
  'coupon-rejected': received(couponRejected.of({ reason: refusal('coupon') })),
  'coupon-released': received(couponReleased.of({ outcome: 'undone' })),
  'payment-created': received(
    paymentCreated.of({ paymentId, amount: 100, discount: 1000, expiresAt: '2025-09-01T12:15:00.000Z' }),
  ),
  'payment-succeeded': received(paymentSucceeded.of({ paymentId, amount: 100 })),
  'payment-failed': received(paymentFailed.of({ paymentId, reason: refusal('pay') })),
  'payment-expired': received(paymentExpired.of({ paymentId, reason: refusal('pay') })),
  'payment-voided': received(paymentVoided.of({ outcome: 'undone' })),
  'payment-refunded': received(paymentRefunded.of({ paymentId, amount: 100 })),
} satisfies Record<string, Received>;

/** ms an order has to be placed; all of it has passed when `expire` looks. */
export const deadline = 60_000;
export const whenDeadlinePasses = new Date(now.getTime() + deadline);

export const rule = (state: OrderState, happening: Happening): Decision<OrderState> => {
  if (happening === 'cancel') return cancel(state, now);
  if (happening === 'expire') return expire(state, whenDeadlinePasses);
  return decide(state, events[happening], now);
};

export const nobody: OrderState = { order: undefined };

/** Our order after all this has happened to it, in this order. */
export const after = (...happenings: Happening[]): Order => {
  const submitted = { ...nobody, ...submit(orderId, request, deadline, now).state };
  const { order } = fold(rule, submitted, happenings).state;
  if (!order) throw new Error('orders do not vanish');
  return order;
};

const placed = ['stock-reserved', 'coupon-applied', 'payment-created'] as const;

/** What makes an order come to a status. */
export const historyOf: Record<OrderStatus, readonly Happening[]> = {
  submitted: [],
  'stock-reserved': ['stock-reserved'],
  'coupon-applied': ['stock-reserved', 'coupon-applied'],
  'awaiting-payment': placed,
  paid: [...placed, 'payment-succeeded'],
  cancelling: [...placed, 'cancel'],
  cancelled: [...placed, 'cancel', 'stock-released', 'coupon-released', 'payment-voided'],
};
