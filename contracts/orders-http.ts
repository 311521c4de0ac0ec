import { z } from 'zod';
import { count, id, money, price, reason, step, time, uuid } from './values.ts';

/** The body of `POST /api/v1/orders`. Unknown fields are refused. */
export const submitOrder = z
  .strictObject({
    userId: id.meta({ description: 'Who orders', example: 1 }),
    productId: id.meta({ description: 'What', example: 1 }),
    amount: price.meta({ description: 'Price x count in minor units (cents)', example: 1100 }),
    productCount: count.meta({ description: 'How many', example: 1 }),
    couponId: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .nullable()
      .default(0)
      .transform((couponId) => couponId ?? 0)
      .meta({ description: 'A coupon of the user; 0, null or absent: none', example: 1 }),
  })
  .meta({ description: 'An order to place' });
export type SubmitOrder = z.infer<typeof submitOrder>;

/** What the gateway hands to the order service in one call: the orders that came in while the call before was under way. */
export const submissions = z
  .array(z.object({ order: submitOrder, traceparent: z.string(), idempotencyKey: z.string().optional() }))
  .min(1)
  .max(500);
export type Submission = z.infer<typeof submissions>[number];

/** What became of a submission. `reused`: its idempotency key belongs to another submission, and nothing was done. */
export type Submitted = { readonly orderId: string } | { readonly reused: true };

export const orderStatus = z.enum([
  'submitted',
  'stock-reserved',
  'coupon-applied',
  'awaiting-payment',
  'paid',
  'cancelling',
  'cancelled',
]);
export type OrderStatus = z.infer<typeof orderStatus>;

/** The status of an order after a forward step of the saga, in the order of the steps. Other steps leave the status as it is. */
export const statusAfter: ReadonlyMap<string, OrderStatus> = new Map([
  ['order-created', 'submitted'],
  ['stock-reserved', 'stock-reserved'],
  ['coupon-applied', 'coupon-applied'],
  ['payment-created', 'awaiting-payment'],
  ['payment-succeeded', 'paid'],
]);

/** How long a polling client should wait for: any change, the order placed (or refused), or its end. */
export const waitUntil = z.enum(['change', 'placed', 'final']);
export type WaitUntil = z.infer<typeof waitUntil>;

/** An order as the order service answers it; the gateway adds the links. */
export const orderView = z.object({
  orderId: uuid,
  userId: id,
  productId: id,
  productCount: count,
  amount: money,
  couponId: z.int().min(0),
  discount: money.meta({ description: 'What the coupon takes off the amount' }),
  status: orderStatus,
  final: z.boolean().meta({ description: 'true: the status will not change any more' }),
  version: z.int().positive().meta({ description: 'Grows with each change; also the ETag' }),
  reason: reason.nullable().meta({ description: 'Why it is being cancelled, or was' }),
  pendingCompensations: z
    .array(step)
    .meta({ description: 'While cancelling: the services that have not confirmed yet' }),
  owed: z.array(step).meta({ deprecated: true, description: 'The former name of `pendingCompensations`' }),
  awaitedSteps: z
    .array(z.object({ type: z.string(), after: z.string().nullable(), by: z.string(), happened: z.boolean() }))
    .meta({
      description:
        'The steps of services that have joined the saga and may still reject a paid order: it is final when all have happened',
    }),
  payment: z.object({ paymentId: uuid, amount: money, expiresAt: time }).nullable(),
  submittedAt: time,
  placedAt: time.nullable().meta({ description: 'When it began to await its payment' }),
  finishedAt: time.nullable(),
  updatedAt: time,
});
export type OrderView = z.infer<typeof orderView>;

/** RFC 9457 problem details. `errors` names the fields that are wrong. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'A stable name of the kind of problem', example: 'about:blank' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ description: 'RFC 9457 problem details' });
export type Problem = z.infer<typeof problem>;

/** A page of a user's orders, newest first. `next`: the order id before which the next page begins; null: that was all. */
export const orderPage = z.object({ orders: z.array(orderView), next: uuid.nullable() });
export type OrderPage = z.infer<typeof orderPage>;

/** Where the gateway connects to learn of changes, for all its waiting clients over one connection. */
export const feedPath = '/feed';

/**
 * What the gateway says on the feed: which orders it waits for, under a number of its own, and which it does not wait for any more.
 * `version`: what the waiting client has seen; null: nothing, so the present version counts as seen. The last is the user whose order it
 * must be; absent: of any user.
 */
export const feedRequest = z.object({
  watch: z.array(z.tuple([z.int(), uuid, waitUntil, z.int().nullable(), id.optional()])),
  drop: z.array(z.int()),
});
export type FeedRequest = z.infer<typeof feedRequest>;

/** What the order service says on the feed: the orders that have come to what was waited for. null: there is no such order. */
export type FeedAnswers = readonly (readonly [number, OrderView | null])[];
