import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
import { stockReserved } from './stock-events.ts';
import { count, id, money, reason, undone } from './values.ts';

const coupon = publisherOf('coupon', 'coupon-events');

/**
 * The coupon is held for this order (couponId 0: there was none, discount 0). `amount - discount` is what the customer still owes.
 * Events of older releases have no product and count.
 */
export const couponApplied = coupon(
  'coupon-applied',
  1,
  { kind: 'forward', after: stockReserved },
  z.object({
    userId: id,
    productId: id.optional(),
    productCount: count.optional(),
    couponId: id.or(z.literal(0)),
    amount: money,
    discount: money,
  }),
);
export type CouponApplied = EventOf<typeof couponApplied>;

/** The coupon cannot be used: unknown, someone else's, used, expired. */
export const couponRejected = coupon(
  'coupon-rejected',
  1,
  { kind: 'rejection', insteadOf: couponApplied },
  z.object({ reason }),
);
export type CouponRejected = EventOf<typeof couponRejected>;

/** The answer to a compensation, also when there was nothing to give back. */
export const couponReleased = coupon(
  'coupon-released',
  1,
  { kind: 'compensation', undoes: couponApplied },
  z.object({ outcome: undone }),
);
export type CouponReleased = EventOf<typeof couponReleased>;
