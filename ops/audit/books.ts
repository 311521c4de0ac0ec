import type { CouponUse } from '@quadrille/coupon/schema';
import type { Order } from '@quadrille/order/schema';
import type { Payment } from '@quadrille/pay/schema';
import type { Reservation } from '@quadrille/stock/schema';

/** What the four services keep of one order, as far as it has to agree. */
export type Books = {
  readonly order:
    | Pick<Order, 'status' | 'amount' | 'discount' | 'couponId' | 'productId' | 'productCount' | 'paymentExpiresAt'>
    | undefined;
  readonly reservation: Pick<Reservation, 'productId' | 'productCount' | 'status'> | undefined;
  readonly use: Pick<CouponUse, 'couponId' | 'discount' | 'status'> | undefined;
  readonly payment: Pick<Payment, 'amount' | 'status'> | undefined;
  readonly money: Money;
};

/** Charges of an order that are with us: for good, or until they have been given back. */
export type Money = { readonly kept: number; readonly toRefund: number };

export const noMoney: Money = { kept: 0, toRefund: 0 };

/**
 * What does not agree, one sentence each. While events of the order are under way it need not; an order that is neither placed nor at its end
 * is judged by what it waits for, not by this.
 */
export const contradictions = (books: Books): string[] => {
  switch (books.order?.status) {
    case undefined:
      return unknownToOrder(books);
    case 'cancelled':
      return ofCancelled(books);
    case 'awaiting-payment':
      return ofLiving(books, { status: 'awaiting-payment', goods: 'reserved', coupon: 'held', payment: 'pending' });
    case 'paid':
      return ofLiving(books, { status: 'paid', goods: 'sold', coupon: 'used', payment: 'succeeded' });
    default:
      return [];
  }
};

/** It will move yet: to its end, or money back to the customer. */
export const isUnfinished = ({ order, payment, money }: Books, now: Date): boolean => {
  if (payment?.status === 'refunding' || money.toRefund > 0) return true;
  if (!order) return false;
  if (order.status === 'awaiting-payment') return order.paymentExpiresAt !== null && order.paymentExpiresAt < now;
  return order.status !== 'paid' && order.status !== 'cancelled';
};

/** With what they keep: an order that was accepted as it is must not hide what comes to it later. */
const unknownToOrder = ({ reservation, use, payment, money }: Books): string[] => {
  const found: string[] = [];
  const knows = (service: string, keeps: string) => found.push(`${service} knows it (${keeps}), order does not`);
  if (reservation)
    knows('stock', `${reservation.status}: ${reservation.productCount} of product ${reservation.productId ?? 'none'}`);
  if (use) knows('coupon', `${use.status}: coupon ${use.couponId ?? 'none'}, discount ${use.discount}`);
  if (payment) knows('pay', `${payment.status}: amount ${payment.amount}`);
  if (money.kept > 0) found.push(`${money.kept} of the customer's money are kept, order does not know it`);
  return found;
};

const ofCancelled = ({ reservation, use, payment, money }: Books): string[] => {
  const found: string[] = [];
  if (reservation?.status === 'reserved' || reservation?.status === 'sold')
    found.push(
      `cancelled, but ${reservation.productCount} of product ${reservation.productId} are ${reservation.status} for it`,
    );
  if (use?.status === 'held' || use?.status === 'used')
    found.push(`cancelled, but coupon ${use.couponId} is ${use.status} by it`);
  if (payment?.status === 'pending' || payment?.status === 'succeeded')
    found.push(`cancelled, but its payment is ${payment.status}`);
  if (money.kept > 0) found.push(`cancelled, but ${money.kept} of the customer's money are kept`);
  return found;
};

type Living = { readonly status: string; readonly goods: string; readonly coupon: string; readonly payment: string };

const ofLiving = ({ order, reservation, use, payment, money }: Books, expected: Living): string[] => {
  if (!order) return [];
  const found: string[] = [];
  const differs = (what: string, is: unknown, should: unknown) => {
    if (is !== should) found.push(`${expected.status}, but ${what} is ${is ?? 'missing'} where it should be ${should}`);
  };
  differs('its reservation', reservation?.status, expected.goods);
  if (reservation) {
    differs('the product reserved', reservation.productId, order.productId);
    differs('the count reserved', reservation.productCount, order.productCount);
  }
  differs('its coupon', use?.status, order.couponId === 0 ? 'none' : expected.coupon);
  if (use) {
    differs('the coupon held', use.couponId ?? 0, order.couponId);
    differs("coupon's discount", use.discount, order.discount);
  }
  differs('its payment', payment?.status, expected.payment);
  if (payment) differs('the amount to pay', payment.amount, order.amount - order.discount);
  differs('the money charged', money.kept, expected.status === 'paid' ? order.amount - order.discount : 0);
  return found;
};
