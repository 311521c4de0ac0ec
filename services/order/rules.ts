import { events } from '@quadrille/contracts/catalogue';
import type { CouponApplied } from '@quadrille/contracts/coupon-events';
import type { Event } from '@quadrille/contracts/event';
import { orderCancelled, orderCreated } from '@quadrille/contracts/order-events';
import { type OrderStatus, type SubmitOrder, statusAfter } from '@quadrille/contracts/orders-http';
import type { PaymentCreated, PaymentSucceeded } from '@quadrille/contracts/payment-events';
import {
  awaitedSteps,
  compensations,
  compensatorsOf,
  isAboutOrder,
  rejections,
  rejectionsThroughOrder,
} from '@quadrille/contracts/saga';
import type { Reason, Step } from '@quadrille/contracts/values';
import { type Decision, nothing } from '@quadrille/participant/decide';
import type { Order } from './schema.ts';

export type OrderState = { readonly order: Order | undefined };

/** What the other services publish about an order: the steps that change its status or that it waits for, rejections and compensations. */
export const subscribes = events.filter(
  ({ type, publisher, role }) =>
    publisher !== 'order' &&
    (role.kind === 'forward' ? statusAfter.has(type) || awaitedSteps.includes(type) : isAboutOrder(type)),
);
export type Received = Event;

export const decide = ({ order }: OrderState, event: Received, now: Date): Decision<OrderState> => {
  if (!order || isFinal(order)) return nothing;
  if (rejections.includes(event.type)) {
    const { reason } = event.data as { reason: Reason };
    return rejectionsThroughOrder.includes(event.type)
      ? cancelWith(order, reason, now)
      : startCompensating(order, reason, now);
  }
  if (compensations.includes(event.type)) return recordCompensation(order, event.publisher as Step, now);
  if (awaitedSteps.includes(event.type)) return recordStep(order, event.type, now);
  const status = statusAfter.get(event.type);
  return status ? advance(order, status, detailsOf(order, event as Forward, now), now) : nothing;
};

type Forward = CouponApplied | PaymentCreated | PaymentSucceeded;

/** What a step tells about an order, beside its status. */
const detailsOf = (order: Order, event: Forward, now: Date): Partial<Order> => {
  switch (event.type) {
    case 'coupon-applied':
      return { discount: event.data.discount };
    case 'payment-created':
      return placed(event.data, now);
    case 'payment-succeeded':
      return awaitedStepsOf(order).length === 0 ? { finishedAt: now } : {};
    default:
      return {};
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
      happened: null,
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
  if (!order || isFinal(order)) return nothing;
  return cancelWith(order, { code: 'cancelled-by-user', message: 'the user cancelled the order', step: 'order' }, now);
};

/** The deadline has passed and the order is not placed. */
export const expire = ({ order }: OrderState, now: Date): Decision<OrderState> => {
  if (!order?.deadline || isFinal(order) || order.deadline > now) return nothing;
  return cancelWith(
    order,
    { code: 'deadline-passed', message: 'the order was not placed in time', step: 'order' },
    now,
  );
};

const cancelWith = (order: Order, reason: Reason, now: Date): Decision<OrderState> =>
  order.status === 'cancelling'
    ? nothing
    : { ...startCompensating(order, reason, now), emit: [orderCancelled.of({ reason })] };

/** Paid with all steps that were awaited, or cancelled. */
export const isFinal = ({ finishedAt }: Pick<Order, 'finishedAt'>): boolean => finishedAt !== null;

/** The steps that have to happen yet before the order is final. */
export const awaitedStepsOf = ({ happened }: Pick<Order, 'happened'>): readonly string[] =>
  awaitedSteps.filter((step) => !happened?.includes(step));

/** A step has happened that may come before the payment or after it. */
const recordStep = (order: Order, step: string, now: Date): Decision<OrderState> => {
  if (order.status === 'cancelling' || order.happened?.includes(step)) return nothing;
  const happened = [...(order.happened ?? []), step];
  const isLast = order.status === 'paid' && awaitedStepsOf({ happened }).length === 0;
  return changed(order, { happened, ...(isLast && { finishedAt: now }) }, now);
};

/** Topics keep no order between each other, so a later step may be received before an earlier one. */
const forwardSteps: readonly OrderStatus[] = [...statusAfter.values()];

/** One step on, never back: a step already passed, or one that comes while the order is being cancelled, changes nothing. */
const advance = (order: Order, status: OrderStatus, change: Partial<Order>, now: Date): Decision<OrderState> => {
  if (order.status === 'cancelling' || forwardSteps.indexOf(status) <= forwardSteps.indexOf(order.status))
    return nothing;
  return changed(order, { ...change, status }, now);
};

const placed = (payment: PaymentCreated['data'], now: Date): Partial<Order> => ({
  paymentId: payment.paymentId,
  paymentAmount: payment.amount,
  paymentExpiresAt: new Date(payment.expiresAt),
  discount: payment.discount,
  placedAt: now,
  deadline: null,
});

/** The services whose answer a cancelling order still awaits. */
export const pendingCompensations = (order: Order): readonly Step[] =>
  order.status === 'cancelling' && order.reasonStep
    ? compensatorsOf(order.reasonStep).filter((step) => !order.answered.includes(step))
    : [];

/** The order will not be. Only the first reason counts. */
const startCompensating = (order: Order, reason: Reason, now: Date): Decision<OrderState> => {
  if (order.status === 'cancelling') return nothing;
  const change = { reasonCode: reason.code, reasonMessage: reason.message, reasonStep: reason.step, deadline: null };
  return finishIfCompensated(order, { ...order, ...change, status: 'cancelling' }, now);
};

/** A service has undone its part. It may say so before we receive the reason: its topic and the other's keep no order. */
const recordCompensation = (order: Order, step: Step, now: Date): Decision<OrderState> =>
  order.answered.includes(step)
    ? nothing
    : finishIfCompensated(order, { ...order, answered: [...order.answered, step] }, now);

/** Cancelled when no compensation is pending any more. */
const finishIfCompensated = (before: Order, order: Order, now: Date): Decision<OrderState> =>
  order.status === 'cancelling' && pendingCompensations(order).length === 0
    ? changed(before, { ...order, status: 'cancelled', finishedAt: now }, now)
    : changed(before, order, now);

const changed = (order: Order, change: Partial<Order>, now: Date): Decision<OrderState> => ({
  state: { order: { ...order, ...change, version: order.version + 1, updatedAt: now } },
});
