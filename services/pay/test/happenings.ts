import { couponApplied } from '@quadrille/contracts/coupon-events';
import { orderCancelled } from '@quadrille/contracts/order-events';
import type { Decision } from '@quadrille/participant/decide';
import { now, orderId, received } from '@quadrille/participant/test/fold';
import { decideWith, decline, expire, type PayState, type Received, refunded, start, succeed } from '../rules.ts';
import type { Charge, ChargeStatus, Payment, PaymentStatus } from '../schema.ts';

/** All that can happen to a payment: what pay subscribes to, what people and clocks do, what the provider tells. */
export const happenings = [
  'coupon-applied',
  'order-cancelled',
  'start',
  'the customer declines',
  'the provider declines',
  'expire',
  'charged',
  'charged another amount',
  'charged a second time',
  'given back',
  'given back in part',
] as const;
export type Happening = (typeof happenings)[number];

export const fifteenMinutes = 900_000;
export const expiresAt = new Date(now.getTime() + fifteenMinutes);

export const applied = received(
  couponApplied.of({ userId: 1, productId: 1, productCount: 1, couponId: 1, amount: 1100, discount: 1000 }),
);
export const allTakenOff = received(
  couponApplied.of({ userId: 1, productId: 1, productCount: 1, couponId: 1, amount: 1000, discount: 1000 }),
);
const reason = { code: 'cancelled-by-user', message: 'the user cancelled the order', step: 'order' } as const;
export const cancelled = received(orderCancelled.of({ reason }));

export const paymentId = applied.id;
export const chargeId = 'ch_1';

const decide = decideWith(fifteenMinutes);

/** @param at the database's clock; `expire` comes when the time is up */
export const rule = (state: PayState, happening: Happening | Received, at: Date = now): Decision<PayState> => {
  if (typeof happening !== 'string') return decide(state, happening, at);
  switch (happening) {
    case 'coupon-applied':
      return decide(state, applied, at);
    case 'order-cancelled':
      return decide(state, cancelled, at);
    case 'start':
      return start(state, at);
    case 'the customer declines':
      return decline('customer')(state, at);
    case 'the provider declines':
      return decline('provider')(state, at);
    case 'expire':
      return expire(state, expiresAt);
    case 'charged':
      return succeed({ chargeId, amount: 100 })(state, at);
    case 'charged another amount':
      return succeed({ chargeId, amount: 99 })(state, at);
    case 'charged a second time':
      // The runtime loads the charge that a command names.
      return succeed({ chargeId: 'ch_2', amount: 100 })({ ...state, charge: undefined }, at);
    case 'given back':
      return refunded({ chargeId, amount: state.charge?.chargedAt ? state.charge.amount : 100 })(state, at);
    case 'given back in part':
      return refunded({ chargeId, amount: 1 })(state, at);
  }
};

export const payment = (status: PaymentStatus, more: Partial<Payment> = {}): Payment => {
  const { traceparent } = applied;
  const goods = status === 'tombstone' ? { productId: null, productCount: null } : { productId: 1, productCount: 1 };
  const row = { orderId, status, ...goods, startedAt: null, chargeId: null, traceparent, updatedAt: now };
  return status === 'tombstone'
    ? { ...row, paymentId: null, userId: null, amount: 0, discount: 0, expiresAt: null, ...more }
    : { ...row, paymentId, userId: null, amount: 100, discount: 1000, expiresAt, ...more };
};

export const charge = (status: ChargeStatus): Charge => ({
  ...{ chargeId, orderId, paymentId, amount: 100, status, chargedAt: now, asked: 0 },
  askAt: status === 'to-refund' ? now : null,
  refundedAt: status === 'refunded' ? now : null,
});

export type Status = PaymentStatus | 'no row';

const chargeOf: Partial<Record<Status, ChargeStatus>> = {
  succeeded: 'kept',
  refunding: 'to-refund',
  refunded: 'refunded',
};

export const given = (status: Status): PayState => {
  if (status === 'no row') return { payment: undefined, charge: undefined };
  const moved = chargeOf[status];
  return moved
    ? { payment: payment(status, { chargeId }), charge: charge(moved) }
    : { payment: payment(status), charge: undefined };
};
