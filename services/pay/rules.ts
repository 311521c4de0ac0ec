import { type CouponApplied, couponApplied } from '@quadrille/contracts/coupon-events';
import type { EventOf } from '@quadrille/contracts/event';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { paymentCreated, paymentRefunded, paymentSucceeded, paymentVoided } from '@quadrille/contracts/payment-events';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Payment } from './schema.ts';

export type PayState = { readonly payment: Payment | undefined };

export const hears = [couponApplied, orderCancelled];
export type Heard = EventOf<(typeof hears)[number]>;

/** @param expiry how long a customer may take to pay, in ms */
export const decideWith =
  (expiry: number) =>
  (state: PayState, event: Heard, now: Date): Decision<PayState> => {
    switch (event.type) {
      case 'coupon-applied':
        return create(state, event, now, new Date(now.getTime() + expiry));
      case 'order-cancelled':
        return undo(state, event.correlationId, now);
    }
  };

/** Asks the customer for what the coupon left. An order we know already, even only as a tombstone, is left alone. */
const create = ({ payment }: PayState, applied: CouponApplied, now: Date, expiresAt: Date): Decision<PayState> => {
  if (payment) return nothing;
  // The payment takes the id of the event that asked for it: unguessable, and the same however often that event comes.
  const paymentId = applied.id;
  const { userId, discount } = applied.data;
  const amount = applied.data.amount - discount;
  const row = { orderId: applied.correlationId, paymentId, userId, amount, discount, expiresAt, updatedAt: now };
  const created = paymentCreated.of({ paymentId, amount, discount, expiresAt: expiresAt.toISOString() });
  if (amount > 0) return { state: { payment: { ...row, status: 'pending' } }, emit: [created] };
  return {
    state: { payment: { ...row, status: 'succeeded' } },
    emit: [created, paymentSucceeded.of({ paymentId, amount })],
  };
};

/** Ends the payment, gives back money that has moved, and answers in any case. An order not heard of yet leaves a tombstone. */
const undo = ({ payment }: PayState, orderId: string, now: Date): Decision<PayState> => {
  if (!payment) {
    const tombstone = { paymentId: null, userId: null, amount: 0, discount: 0, expiresAt: null, updatedAt: now };
    return {
      state: { payment: { orderId, ...tombstone, status: 'tombstone' } },
      emit: [paymentVoided.of({ outcome: 'nothing-to-undo' })],
    };
  }
  if (payment.status === 'pending')
    return {
      state: { payment: { ...payment, status: 'voided', updatedAt: now } },
      emit: [paymentVoided.of({ outcome: 'undone' })],
    };
  if (payment.status === 'succeeded' && payment.paymentId)
    return {
      state: { payment: { ...payment, status: 'refunded', updatedAt: now } },
      emit: [paymentRefunded.of({ paymentId: payment.paymentId, amount: payment.amount })],
    };
  return { emit: [paymentVoided.of({ outcome: 'nothing-to-undo' })] };
};
