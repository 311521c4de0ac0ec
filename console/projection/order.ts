import type * as coupon from '@quadrille/contracts/coupon-events';
import type { Event } from '@quadrille/contracts/event';
import type * as order from '@quadrille/contracts/order-events';
import type * as pay from '@quadrille/contracts/payment-events';
import { compensatorsOf } from '@quadrille/contracts/saga';
import type * as stock from '@quadrille/contracts/stock-events';
import type { Reason, Step } from '@quadrille/contracts/values';
import type { Awaited, OrderRow } from '../schema.ts';

type Known =
  | order.OrderCreated
  | order.OrderCancelled
  | stock.StockReserved
  | stock.StockRejected
  | stock.StockReleased
  | coupon.CouponApplied
  | coupon.CouponRejected
  | coupon.CouponReleased
  | pay.PaymentCreated
  | pay.PaymentSucceeded
  | pay.PaymentFailed
  | pay.PaymentExpired
  | pay.PaymentVoided
  | pay.PaymentRefunded;

/**
 * What an order's row is when it is told of one more event. The events of an order come over four topics, in any order and more than once;
 * every step here is a minimum, or sets what only one kind of event tells, so it makes no difference.
 */
export const observe = (row: OrderRow | undefined, event: Event): OrderRow => {
  const at = new Date(event.time);
  const before = row ?? unknownOrder(event.correlationId, at);
  const seen = { ...before, firstAt: earlier(before.firstAt, at), lastAt: later(before.lastAt, at) };
  return withStanding({ ...seen, ...told(seen, event as Known, at) });
};

const told = (row: OrderRow, event: Known, at: Date): Partial<OrderRow> => {
  switch (event.type) {
    case 'order-created':
      return { ...event.data, submittedAt: earlier(row.submittedAt, at) };
    case 'stock-reserved':
      return { reservedAt: earlier(row.reservedAt, at) };
    case 'coupon-applied':
      return { discount: event.data.discount, appliedAt: earlier(row.appliedAt, at) };
    case 'payment-created': {
      const { paymentId, amount, expiresAt } = event.data;
      const payment = { paymentId, paymentAmount: amount, paymentExpiresAt: new Date(expiresAt) };
      return { ...payment, placedAt: earlier(row.placedAt, at) };
    }
    case 'payment-succeeded':
      return { paidAt: earlier(row.paidAt, at) };
    case 'order-cancelled':
    case 'stock-rejected':
    case 'coupon-rejected':
    case 'payment-failed':
    case 'payment-expired':
      return turned(row, event.data.reason, at);
    case 'stock-released':
      return { stockUndoneAt: earlier(row.stockUndoneAt, at) };
    case 'coupon-released':
      return { couponUndoneAt: earlier(row.couponUndoneAt, at) };
    case 'payment-voided':
    case 'payment-refunded':
      return { payUndoneAt: earlier(row.payUndoneAt, at) };
  }
};

const precedence: readonly Reason['step'][] = ['order', 'stock', 'coupon', 'pay'];

/**
 * Of several reasons the one that the order service went by: it only says `order-cancelled` when it knows of no other reason yet, so its
 * own always is the one.
 */
const turned = (row: OrderRow, { code, message, step }: Reason, at: Date): Partial<OrderRow> => {
  const rank = (step: Reason['step'], at: Date, code: string, message: string) =>
    `${precedence.indexOf(step)} ${at.toISOString()} ${code} ${message}`;
  const { reasonStep, turnedAt, reasonCode, reasonMessage } = row;
  const isFirst =
    !reasonStep ||
    !turnedAt ||
    rank(step, at, code, message) < rank(reasonStep, turnedAt, reasonCode ?? '', reasonMessage ?? '');
  return isFirst ? { turnedAt: at, reasonCode: code, reasonMessage: message, reasonStep: step } : {};
};

type Standing = Pick<OrderRow, 'status' | 'waitsFor' | 'waitsSince'>;

/** Where an order stands by what is known of it, whose move it is, and since when. */
const standing = (row: OrderRow): Standing => {
  if (row.turnedAt) {
    const owed = owedBy(row);
    return owed.length > 0
      ? { status: 'cancelling', waitsFor: owed, waitsSince: row.turnedAt }
      : { status: 'cancelled', waitsFor: [], waitsSince: null };
  }
  if (row.paidAt) return { status: 'paid', waitsFor: [], waitsSince: null };
  const waits = (status: OrderRow['status'], whom: Awaited, since: Date): Standing => ({
    status,
    waitsFor: [whom],
    waitsSince: since,
  });
  if (row.placedAt) return waits('awaiting-payment', 'customer', row.placedAt);
  if (row.appliedAt) return waits('coupon-applied', 'pay', row.appliedAt);
  if (row.reservedAt) return waits('stock-reserved', 'coupon', row.reservedAt);
  return waits('submitted', 'stock', row.submittedAt ?? row.firstAt);
};

const withStanding = (row: OrderRow): OrderRow => ({ ...row, ...standing(row) });

const undoneAt = (row: OrderRow, step: Step): Date | null =>
  ({ stock: row.stockUndoneAt, coupon: row.couponUndoneAt, pay: row.payUndoneAt })[step];

const owedBy = (row: OrderRow): readonly Step[] =>
  row.reasonStep ? compensatorsOf(row.reasonStep).filter((step) => !undoneAt(row, step)) : [];

/** When an order came to its end; null: it has not. */
export const finishedAt = (row: OrderRow): Date | null => {
  if (row.status === 'paid') return row.paidAt;
  if (row.status !== 'cancelled' || !row.reasonStep) return null;
  return compensatorsOf(row.reasonStep).reduce((latest, step) => later(latest, undoneAt(row, step)), row.turnedAt);
};

const unknownOrder = (orderId: string, at: Date): OrderRow => ({
  ...{ orderId, userId: null, productId: null, productCount: null, amount: null, couponId: null, discount: null },
  ...{ paymentId: null, paymentAmount: null, paymentExpiresAt: null },
  ...{ submittedAt: null, reservedAt: null, appliedAt: null, placedAt: null, paidAt: null },
  ...{ turnedAt: null, reasonCode: null, reasonMessage: null, reasonStep: null },
  ...{ stockUndoneAt: null, couponUndoneAt: null, payUndoneAt: null },
  ...{ firstAt: at, lastAt: at, status: 'submitted', waitsFor: ['stock'], waitsSince: at },
});

const earlier = (one: Date | null, other: Date): Date => (one && one <= other ? one : other);

const later = <Time extends Date | null>(one: Time, other: Date | null): Time | Date =>
  one && (!other || one >= other) ? one : (other ?? one);
