import { type CouponApplied, couponApplied } from '@quadrille/contracts/coupon-events';
import type { EventOf } from '@quadrille/contracts/event';
import { type OrderCancelled, orderCancelled } from '@quadrille/contracts/order-events';
import {
  paymentCreated,
  paymentExpired,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  paymentVoided,
} from '@quadrille/contracts/payment-events';
import type { Reason } from '@quadrille/contracts/values';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Charge, Payment, PaymentStatus } from './schema.ts';

/** `charge`: the one that a command names, else the one of the payment. */
export type PayState = { readonly payment: Payment | undefined; readonly charge: Charge | undefined };

export const subscribes = [couponApplied, orderCancelled];
export type Received = EventOf<(typeof subscribes)[number]>;

/** @param expiry how long a customer may take to pay, in ms */
export const decideWith =
  (expiry: number) =>
  (state: PayState, event: Received, now: Date): Decision<PayState> => {
    switch (event.type) {
      case 'coupon-applied':
        return create(state, event, now, new Date(now.getTime() + expiry));
      case 'order-cancelled':
        return undo(state, event, now);
    }
  };

/** Pay does not need to know whose payment it is, so it does not keep it. */
const nobody = { userId: null };

const untouched = { startedAt: null, chargeId: null };

/** Asks the customer for what the coupon left. An order we know already, even only as a tombstone, is left alone. */
const create = ({ payment }: PayState, applied: CouponApplied, now: Date, expiresAt: Date): Decision<PayState> => {
  if (payment) return nothing;
  // The payment takes the id of the event that asked for it: unguessable, and the same however often that event comes.
  const { id: paymentId, correlationId: orderId, traceparent } = applied;
  const { productId, productCount, discount } = applied.data;
  const amount = applied.data.amount - discount;
  const goods = { productId, productCount };
  const row = {
    orderId,
    paymentId,
    ...nobody,
    ...goods,
    amount,
    discount,
    expiresAt,
    ...untouched,
    traceparent,
    updatedAt: now,
  };
  const created = paymentCreated.of({ paymentId, amount, discount, expiresAt: expiresAt.toISOString() });
  if (amount > 0) return { state: { payment: { ...row, status: 'pending' } }, emit: [created] };
  return {
    state: { payment: { ...row, status: 'succeeded' } },
    emit: [created, paymentSucceeded.of({ paymentId, amount })],
  };
};

/**
 * Ends the payment, and answers in any case: at once when no money has moved, else when the provider has given it back. An order not received
 * of yet leaves a tombstone.
 */
const undo = ({ payment, charge }: PayState, cancelled: OrderCancelled, now: Date): Decision<PayState> => {
  if (!payment) {
    const { correlationId: orderId, traceparent } = cancelled;
    const blank = {
      paymentId: null,
      ...nobody,
      productId: null,
      productCount: null,
      amount: 0,
      discount: 0,
      expiresAt: null,
      ...untouched,
    };
    return {
      state: { payment: { orderId, ...blank, traceparent, status: 'tombstone', updatedAt: now } },
      emit: [paymentVoided.of({ outcome: 'nothing-to-undo' })],
    };
  }
  switch (payment.status) {
    case 'pending':
      return voided(payment, now);
    case 'succeeded':
      // Without a charge a coupon paid it all.
      return payment.chargeId && charge
        ? { state: { payment: become('refunding', payment, now), charge: toRefund(charge, now) } }
        : voided(payment, now);
    case 'refunding':
      // The answer is the refund.
      return nothing;
    case 'failed':
    case 'expired':
    case 'voided':
    case 'refunded':
    case 'tombstone':
      return { emit: [paymentVoided.of({ outcome: 'nothing-to-undo' })] };
  }
};

const voided = (payment: Payment, now: Date): Decision<PayState> => ({
  state: { payment: become('voided', payment, now) },
  emit: [paymentVoided.of({ outcome: 'undone' })],
});

/** The provider has been asked for the money. */
export const start = ({ payment }: PayState, now: Date): Decision<PayState> =>
  payment?.status === 'pending' && !payment.startedAt
    ? { state: { payment: { ...payment, startedAt: now, updatedAt: now } } }
    : nothing;

/**
 * The provider has taken money. It pays the order if the order still waits for exactly this; whatever else it is (too late, the wrong
 * amount, a second time), it goes back. A charge that we know is a repeat.
 */
export const succeed =
  (charged: Pick<Charge, 'chargeId' | 'amount'>) =>
  (state: PayState, now: Date): Decision<PayState> => {
    const { payment, charge: known } = state;
    if (known?.amount !== charged.amount || known.chargedAt) return takeIn(charged, state, now);
    // The webhook of the refund came first: the result is as if it had come second.
    const taken = takeIn(charged, state, now);
    const refund = refunded(charged)({ payment, charge: known, ...taken.state }, now);
    return { state: { ...taken.state, ...refund.state }, emit: [...(taken.emit ?? []), ...(refund.emit ?? [])] };
  };

const takeIn = (
  charged: Pick<Charge, 'chargeId' | 'amount'>,
  { payment, charge: known }: PayState,
  now: Date,
): Decision<PayState> => {
  if (!payment?.paymentId || known?.chargedAt) return nothing;
  const { orderId, paymentId } = payment;
  const { chargeId, amount } = charged;
  const blank = { askAt: null, asked: 0, refundedAt: null };
  const charge: Charge = { chargeId, orderId, paymentId, amount, status: 'kept', chargedAt: now, ...blank };
  const goesBack = {
    payment: { ...become('refunding', payment, now), chargeId },
    charge: toRefund(charge, now),
  };
  switch (payment.status) {
    case 'pending':
      if (known?.amount === amount)
        return { state: goesBack, emit: [paymentFailed.of({ paymentId, reason: givenBack })] };
      return amount === payment.amount
        ? {
            state: { payment: { ...become('succeeded', payment, now), chargeId }, charge },
            emit: [paymentSucceeded.of({ paymentId, amount })],
          }
        : { state: goesBack, emit: [paymentFailed.of({ paymentId, reason: wrongAmount(amount, payment.amount) })] };
    case 'failed':
    case 'expired':
    case 'voided':
      return { state: goesBack };
    case 'succeeded':
    case 'refunding':
    case 'refunded':
    case 'tombstone':
      return { state: { charge: toRefund(charge, now) } };
  }
};

/** The customer will not pay, or the provider will not have it. Too late for a payment that has ended. */
export const decline =
  (who: 'customer' | 'provider') =>
  ({ payment }: PayState, now: Date): Decision<PayState> => {
    if (payment?.status !== 'pending' || !payment.paymentId) return nothing;
    const reason = because('payment-declined', `the ${who} declined the payment`);
    return {
      state: { payment: become('failed', payment, now) },
      emit: [paymentFailed.of({ paymentId: payment.paymentId, reason })],
    };
  };

/** Nobody has paid in time. */
export const expire = ({ payment }: PayState, now: Date): Decision<PayState> => {
  if (payment?.status !== 'pending' || !payment.paymentId || !payment.expiresAt || payment.expiresAt > now)
    return nothing;
  const reason = because('payment-expired', 'the order was not paid in time');
  return {
    state: { payment: become('expired', payment, now) },
    emit: [paymentExpired.of({ paymentId: payment.paymentId, reason })],
  };
};

/**
 * The provider has given money back, asked or not: all of the charge, or it does not count. A refund whose webhook comes before that of its charge is
 * remembered: in whatever order the two come, the money ends where it is.
 */
export const refunded =
  ({ chargeId, amount }: Pick<Charge, 'chargeId' | 'amount'>) =>
  ({ payment, charge }: PayState, now: Date): Decision<PayState> => {
    if (!payment?.paymentId) return nothing;
    const { orderId, paymentId } = payment;
    if (!charge?.chargedAt) {
      // A refund of a part may come before that of the whole.
      if (charge && charge.amount >= amount) return nothing;
      const blank = { chargedAt: null, askAt: null, asked: 0 };
      return {
        state: { charge: { chargeId, orderId, paymentId, amount, status: 'refunded', ...blank, refundedAt: now } },
      };
    }
    if (charge.status === 'refunded' || charge.amount !== amount) return nothing;
    const back: Charge = { ...charge, status: 'refunded', askAt: null, refundedAt: now };
    const isOfPayment = payment.chargeId === charge.chargeId;
    if (!isOfPayment || (payment.status !== 'refunding' && payment.status !== 'succeeded'))
      return { state: { charge: back } };
    return {
      state: { payment: become('refunded', payment, now), charge: back },
      emit: [paymentRefunded.of({ paymentId: charge.paymentId, amount })],
    };
  };

const become = (status: PaymentStatus, payment: Payment, now: Date): Payment => ({
  ...payment,
  status,
  updatedAt: now,
});

const toRefund = (charge: Charge, now: Date): Charge => ({ ...charge, status: 'to-refund', askAt: now });

const because = (code: string, message: string): Reason => ({ code, message, step: 'pay' });

const givenBack = because('payment-refunded', 'the provider has given the payment back');

const wrongAmount = (charged: number, asked: number) =>
  because('payment-amount-mismatch', `the provider charged ${charged} in place of ${asked}`);
