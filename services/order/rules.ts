import { couponApplied, couponRejected, couponReleased } from '@quadrille/contracts/coupon-events';
import type { EventOf } from '@quadrille/contracts/event';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import type { OrderStatus, SubmitOrder } from '@quadrille/contracts/orders-http';
import {
  paymentCreated,
  paymentExpired,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  paymentVoided,
} from '@quadrille/contracts/payment-events';
import { compensatorsOf } from '@quadrille/contracts/saga';
import { stockRejected, stockReleased, stockReserved } from '@quadrille/contracts/stock-events';
import type { Reason, Step } from '@quadrille/contracts/values';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Order } from './schema.ts';

export type OrderState = { readonly order: Order | undefined };

export const hears = [
  stockReserved,
  stockRejected,
  stockReleased,
  couponApplied,
  couponRejected,
  couponReleased,
  paymentCreated,
  paymentSucceeded,
  paymentFailed,
  paymentExpired,
  paymentVoided,
  paymentRefunded,
];
export type Heard = EventOf<(typeof hears)[number]>;

export const decide = ({ order }: OrderState, event: Heard, now: Date): Decision<OrderState> => {
  if (!order || isFinal(order)) return nothing;
  switch (event.type) {
    case 'stock-reserved':
      return advance(order, 'stock-reserved', {}, now);
    case 'coupon-applied':
      return advance(order, 'coupon-applied', { discount: event.data.discount }, now);
    case 'payment-created':
      return advance(order, 'awaiting-payment', placed(event.data, now), now);
    case 'payment-succeeded':
      return advance(order, 'paid', { finishedAt: now }, now);
    case 'stock-rejected':
    case 'coupon-rejected':
    case 'payment-failed':
    case 'payment-expired':
      return turnBack(order, event.data.reason, now);
    case 'stock-released':
      return tickOff(order, 'stock', now);
    case 'coupon-released':
      return tickOff(order, 'coupon', now);
    case 'payment-voided':
    case 'payment-refunded':
      return tickOff(order, 'pay', now);
  }
};

/** A customer's order is taken. */
export const submit = (orderId: string, request: SubmitOrder, deadline: number, now: Date): Decision<OrderState> => ({
  state: {
    order: {
      orderId,
      ...request,
      discount: 0,
      status: 'submitted',
      version: 1,
      reasonCode: null,
      reasonMessage: null,
      reasonStep: null,
      answered: [],
      paymentId: null,
      paymentAmount: null,
      paymentExpiresAt: null,
      submittedAt: now,
      deadline: new Date(now.getTime() + deadline),
      placedAt: null,
      finishedAt: null,
      updatedAt: now,
    },
  },
  emit: [orderCreated.of(request)],
});

/** The user gives up. Too late for an order that is final; nothing more to do for one that is being cancelled already. */
export const cancel = ({ order }: OrderState, now: Date): Decision<OrderState> => {
  if (!order || isFinal(order) || order.status === 'cancelling') return nothing;
  return callOff(order, { code: 'cancelled-by-user', message: 'the user cancelled the order', step: 'order' }, now);
};

/** The deadline has passed and the order is not placed. */
export const expire = ({ order }: OrderState, now: Date): Decision<OrderState> => {
  if (!order?.deadline || isFinal(order) || order.deadline > now) return nothing;
  return callOff(order, { code: 'deadline-passed', message: 'the order was not placed in time', step: 'order' }, now);
};

const callOff = (order: Order, reason: Reason, now: Date): Decision<OrderState> => ({
  ...turnBack(order, reason, now),
  emit: [orderCancelled.of({ reason })],
});

export const isFinal = ({ status }: Pick<Order, 'status'>): boolean => status === 'paid' || status === 'cancelled';

/** The way forward. Topics keep no order between each other, so a later step may be heard of before an earlier one. */
const way: readonly OrderStatus[] = ['submitted', 'stock-reserved', 'coupon-applied', 'awaiting-payment', 'paid'];

/** One step on, never back: a step already passed, or one that comes while the order is being cancelled, changes nothing. */
const advance = (order: Order, status: OrderStatus, change: Partial<Order>, now: Date): Decision<OrderState> => {
  if (order.status === 'cancelling' || way.indexOf(status) <= way.indexOf(order.status)) return nothing;
  return changed(order, { ...change, status }, now);
};

const placed = (payment: EventOf<typeof paymentCreated>['data'], now: Date): Partial<Order> => ({
  paymentId: payment.paymentId,
  paymentAmount: payment.amount,
  paymentExpiresAt: new Date(payment.expiresAt),
  discount: payment.discount,
  placedAt: now,
  deadline: null,
});

/** The services whose answer a cancelling order still awaits. */
export const owed = (order: Order): readonly Step[] =>
  order.status === 'cancelling' && order.reasonStep
    ? compensatorsOf(order.reasonStep).filter((step) => !order.answered.includes(step))
    : [];

/** The order will not be. Only the first reason counts. */
const turnBack = (order: Order, reason: Reason, now: Date): Decision<OrderState> => {
  if (order.status === 'cancelling') return nothing;
  const change = { reasonCode: reason.code, reasonMessage: reason.message, reasonStep: reason.step, deadline: null };
  return settle(order, { ...order, ...change, status: 'cancelling' }, now);
};

/** A service has undone its part. It may say so before we hear why: its topic and the other's keep no order. */
const tickOff = (order: Order, step: Step, now: Date): Decision<OrderState> =>
  order.answered.includes(step) ? nothing : settle(order, { ...order, answered: [...order.answered, step] }, now);

/** Cancelled when nothing is owed any more. */
const settle = (before: Order, order: Order, now: Date): Decision<OrderState> =>
  order.status === 'cancelling' && owed(order).length === 0
    ? changed(before, { ...order, status: 'cancelled', finishedAt: now }, now)
    : changed(before, order, now);

const changed = (order: Order, change: Partial<Order>, now: Date): Decision<OrderState> => ({
  state: { order: { ...order, ...change, version: order.version + 1, updatedAt: now } },
});
