import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
import { count, id, money, reason } from './values.ts';

const order = publisherOf('order', 'order-events');

/** A customer's order was taken. couponId 0: none. */
export const orderCreated = order(
  'order-created',
  1,
  { kind: 'forward', after: null },
  z.object({ userId: id, productId: id, productCount: count, amount: money, couponId: id.or(z.literal(0)) }),
);
export type OrderCreated = EventOf<typeof orderCreated>;

/** The user gave up, or the deadline passed: everyone undoes what it did for this order, and remembers it if that was nothing yet. */
export const orderCancelled = order('order-cancelled', 1, { kind: 'rejection', insteadOf: null }, z.object({ reason }));
export type OrderCancelled = EventOf<typeof orderCancelled>;
