import { events } from '@quadrille/contracts/catalogue';
import type { CouponApplied } from '@quadrille/contracts/coupon-events';
import type { Event } from '@quadrille/contracts/event';
import { publishers } from '@quadrille/contracts/generated/publishers';
import type { OrderCancelled, OrderCreated } from '@quadrille/contracts/order-events';
import { type OrderStatus, statusAfter } from '@quadrille/contracts/orders-http';
import type { PaymentCreated } from '@quadrille/contracts/payment-events';
import {
  awaitedSteps,
  compensationsOf,
  compensatorsOf,
  forwardSteps,
  rejections,
  rejectionsThroughOrder,
} from '@quadrille/contracts/saga';
import type { Reason, Step } from '@quadrille/contracts/values';
import type { Awaited, OrderRow } from '../schema.ts';

/**
 * What an order's row is after one more event. The events of an order come over four topics, in any order and more than once;
 * every step here is a minimum, or sets what only one kind of event tells, so it makes no difference.
 */
export const observe = (row: OrderRow | undefined, event: Event): OrderRow => {
  const at = new Date(event.time);
  const before = row ?? unknownOrder(event.correlationId, at);
  const seen = { ...before, firstAt: earlier(before.firstAt, at), lastAt: later(before.lastAt, at) };
  return withStanding({ ...seen, ...told(seen, event, at) });
};

const told = (row: OrderRow, event: Event, at: Date): Partial<OrderRow> => {
  const { type } = event;
  const known = row.times[type] ?? null;
  return { times: { ...row.times, [type]: earlier(known, at) }, ...details(row, event as Known, at) };
};

/** The events that tell more than that they happened; OrderCancelled stands for every rejection. */
type Known = OrderCreated | CouponApplied | PaymentCreated | OrderCancelled;

const details = (row: OrderRow, event: Known, at: Date): Partial<OrderRow> => {
  // The order service says `order-cancelled` because of it, or went by another reason.
  if (rejectionsThroughOrder.includes(event.type)) return {};
  if (rejections.includes(event.type)) return turned(row, (event as OrderCancelled).data.reason, at);
  switch (event.type) {
    case 'order-created':
      return event.data;
    case 'coupon-applied':
      return { discount: event.data.discount };
    case 'payment-created': {
      const { paymentId, amount, expiresAt } = event.data;
      return { paymentId, paymentAmount: amount, paymentExpiresAt: new Date(expiresAt) };
    }
    default:
      return {};
  }
};

/**
 * Of several reasons the one that the order service went by: it only says `order-cancelled` when it knows of no other reason yet, so its
 * own always is the one.
 */
const turned = (row: OrderRow, { code, message, step }: Reason, at: Date): Partial<OrderRow> => {
  const rank = (step: Reason['step'], at: Date, code: string, message: string) =>
    `${isDirect(step) ? publishers.indexOf(step) : 0} ${at.toISOString()} ${code} ${message}`;
  const { reasonStep, turnedAt, reasonCode, reasonMessage } = row;
  const isFirst =
    !reasonStep ||
    !turnedAt ||
    rank(step, at, code, message) < rank(reasonStep, turnedAt, reasonCode ?? '', reasonMessage ?? '');
  return isFirst ? { turnedAt: at, reasonCode: code, reasonMessage: message, reasonStep: step } : {};
};

/** Whether the reasons of a service come from its own rejections; otherwise they come from `order-cancelled`. */
const isDirect = (service: string): boolean =>
  events.some(({ type, publisher }) => publisher === service && rejections.includes(type)) &&
  !events.some(({ type, publisher }) => publisher === service && rejectionsThroughOrder.includes(type));

type Standing = Pick<OrderRow, 'status' | 'waitsFor' | 'waitsSince'>;

/** The forward steps that change the status of an order. */
const steps = forwardSteps.filter(({ type }) => statusAfter.has(type));

/** Where an order stands by what is known of it, who has to act next, and since when. */
const standing = (row: OrderRow): Standing => {
  if (row.turnedAt) {
    const pending = pendingCompensations(row);
    return pending.length > 0
      ? { status: 'cancelling', waitsFor: pending, waitsSince: row.turnedAt }
      : { status: 'cancelled', waitsFor: [], waitsSince: null };
  }
  const last = steps.findLast(({ type }) => row.times[type]);
  const status = statusAfter.get(last?.type ?? '') ?? 'submitted';
  const afterLast = steps.filter(({ after }) => after === (last ?? steps[0])?.type);
  const next = (afterLast.length > 0 ? afterLast : missingSteps(row)).map(({ by }) => by as Awaited);
  return next.length > 0
    ? { status, waitsFor: next, waitsSince: row.times[last?.type ?? ''] ?? row.firstAt }
    : { status, waitsFor: [], waitsSince: null };
};

/** The steps without which a paid order is not final, and which have not happened. */
const missingSteps = (row: OrderRow) =>
  forwardSteps.filter(({ type }) => awaitedSteps.includes(type) && !row.times[type]);

/** When an order came to a status; null: not yet. */
const reachedAt = (row: OrderRow, status: OrderStatus): Date | null => {
  const step = steps.find(({ type }) => statusAfter.get(type) === status);
  return row.times[step?.type ?? ''] ?? null;
};

export const submittedAt = (row: OrderRow): Date | null => reachedAt(row, 'submitted');
export const placedAt = (row: OrderRow): Date | null => reachedAt(row, 'awaiting-payment');

const withStanding = (row: OrderRow): OrderRow => ({ ...row, ...standing(row) });

const undoneAt = (row: OrderRow, service: string): Date | null =>
  compensationsOf(service).reduce<Date | null>((first, type) => {
    const at = row.times[type];
    return at ? earlier(first, at) : first;
  }, null);

const pendingCompensations = (row: OrderRow): readonly Step[] =>
  row.reasonStep ? compensatorsOf(row.reasonStep).filter((service) => !undoneAt(row, service)) : [];

/** When an order came to its end; null: it has not. */
export const finishedAt = (row: OrderRow): Date | null => {
  if (row.status === 'paid')
    return missingSteps(row).length > 0
      ? null
      : awaitedSteps.reduce((latest, type) => later(latest, row.times[type] ?? null), reachedAt(row, 'paid'));
  if (row.status !== 'cancelled' || !row.reasonStep) return null;
  return compensatorsOf(row.reasonStep).reduce((latest, step) => later(latest, undoneAt(row, step)), row.turnedAt);
};

const unknownOrder = (orderId: string, at: Date): OrderRow => ({
  ...{ orderId, userId: null, productId: null, productCount: null, amount: null, couponId: null, discount: null },
  ...{ paymentId: null, paymentAmount: null, paymentExpiresAt: null },
  ...{ times: {}, turnedAt: null, reasonCode: null, reasonMessage: null, reasonStep: null },
  ...{ firstAt: at, lastAt: at, status: 'submitted', waitsFor: [], waitsSince: at },
});

const earlier = (one: Date | null, other: Date): Date => (one && one <= other ? one : other);

const later = <Time extends Date | null>(one: Time, other: Date | null): Time | Date =>
  one && (!other || one >= other) ? one : (other ?? one);
