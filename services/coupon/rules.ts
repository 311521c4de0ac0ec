import { couponApplied, couponRejected, couponReleased } from '@quadrille/contracts/coupon-events';
import type { EventOf } from '@quadrille/contracts/event';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { paymentExpired, paymentFailed, paymentSucceeded } from '@quadrille/contracts/payment-events';
import { type StockReserved, stockReserved } from '@quadrille/contracts/stock-events';
import type { Reason } from '@quadrille/contracts/values';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Coupon, CouponUse } from './schema.ts';

export type CouponState = { readonly use: CouponUse | undefined; readonly coupon: Coupon | undefined };

export const subscribes = [stockReserved, paymentSucceeded, paymentFailed, paymentExpired, orderCancelled];
export type Received = EventOf<(typeof subscribes)[number]>;

export const decide = (state: CouponState, event: Received, now: Date): Decision<CouponState> => {
  switch (event.type) {
    case 'stock-reserved':
      return apply(state, event, now);
    case 'payment-succeeded':
      return use(state, now);
    case 'payment-failed':
    case 'payment-expired':
    case 'order-cancelled':
      return release(state, event.correlationId, now);
  }
};

/** Holds the coupon for the order, or says why not. An order we know already, even only as a tombstone, is left alone. */
const apply = ({ use, coupon }: CouponState, reserved: StockReserved, now: Date): Decision<CouponState> => {
  if (use) return nothing;
  const { couponId, amount } = reserved.data;
  const entry = { orderId: reserved.correlationId, couponId: couponId || null, discount: 0, updatedAt: now };
  if (couponId === 0)
    return {
      state: { use: { ...entry, status: 'none' } },
      emit: [couponApplied.of({ ...reserved.data, discount: 0 })],
    };
  const refusal = refuse(coupon, reserved, now);
  if (refusal || !coupon)
    return {
      state: { use: { ...entry, status: 'rejected' } },
      emit: [couponRejected.of({ reason: refusal ?? unknownCoupon(couponId) })],
    };
  const discount = Math.min(coupon.amount, amount);
  return {
    state: {
      use: { ...entry, discount, status: 'held' },
      coupon: { ...coupon, status: 'used', orderId: reserved.correlationId },
    },
    emit: [couponApplied.of({ ...reserved.data, discount })],
  };
};

const refuse = (coupon: Coupon | undefined, { data }: StockReserved, now: Date): Reason | null => {
  const because = (code: string, message: string): Reason => ({ code, message, step: 'coupon' });
  if (!coupon) return unknownCoupon(data.couponId);
  if (coupon.userId !== data.userId)
    return because('foreign-coupon', `coupon ${data.couponId} belongs to someone else`);
  if (coupon.status === 'used') return because('coupon-used', `coupon ${data.couponId} has been used`);
  if (isExpired(coupon, now)) return because('coupon-expired', `coupon ${data.couponId} has expired`);
  return null;
};

/** From the very moment on that it names. */
export const isExpired = ({ expiresAt }: Pick<Coupon, 'expiresAt'>, now: Date): boolean =>
  expiresAt !== null && expiresAt <= now;

const unknownCoupon = (couponId: number): Reason => ({
  code: 'unknown-coupon',
  message: `there is no coupon ${couponId}`,
  step: 'coupon',
});

/** The payment went through: the hold becomes use for good. */
const use = ({ use }: CouponState, now: Date): Decision<CouponState> =>
  use?.status === 'held' ? { state: { use: { ...use, status: 'used', updatedAt: now } } } : nothing;

/** Gives back exactly the coupon this order holds, and answers in any case. An order not received yet leaves a tombstone. */
const release = ({ use, coupon }: CouponState, orderId: string, now: Date): Decision<CouponState> => {
  if (!use) {
    const tombstone = { orderId, couponId: null, discount: 0, status: 'tombstone', updatedAt: now } as const;
    return { state: { use: tombstone }, emit: [couponReleased.of({ outcome: 'nothing-to-undo' })] };
  }
  const holding = use.status === 'held' || use.status === 'used';
  if (!holding || !coupon) return { emit: [couponReleased.of({ outcome: 'nothing-to-undo' })] };
  return {
    state: {
      use: { ...use, status: 'released', updatedAt: now },
      coupon: { ...coupon, status: 'unused', orderId: null },
    },
    emit: [couponReleased.of({ outcome: 'undone' })],
  };
};
