import { z } from 'zod';
import { type EventOf, olderVersion, publisherOf } from './event.ts';
import { stockReserved } from './stock-events.ts';
import { count, id, money, reason, undone } from './values.ts';

const coupon = publisherOf('coupon', 'coupon-events');

const applied = z.object({ userId: id, couponId: id.or(z.literal(0)), amount: money, discount: money });

/** The first releases named neither product nor count. */
const applied1 = applied.extend({ productId: id.optional(), productCount: count.optional() });

const applied2 = applied.extend({ productId: id.nullable(), productCount: count.nullable() });

/**
 * The coupon is held for this order (couponId 0: there was none, discount 0). `amount - discount` is what the customer still owes.
 * `productId` and `productCount` are null where an event of version 1 does not tell them.
 */
export const couponApplied = coupon('coupon-applied', 2, { kind: 'forward', after: stockReserved }, applied2, {
  1: olderVersion(
    applied1,
    ({ productId = null, productCount = null, ...data }): z.output<typeof applied2> => ({
      ...data,
      productId,
      productCount,
    }),
  ),
});
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
