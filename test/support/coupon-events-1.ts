import { type EventOf, publisherOf } from '@quadrille/contracts/event';
import { stockReserved } from '@quadrille/contracts/stock-events';
import { count, id, money, reason, undone } from '@quadrille/contracts/values';
import { z } from 'zod';

const coupon = publisherOf('coupon', 'coupon-events');

/** contracts/coupon-events.ts of the last release that knew only version 1 of coupon-applied. */
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

export const couponRejected = coupon(
  'coupon-rejected',
  1,
  { kind: 'rejection', insteadOf: couponApplied },
  z.object({ reason }),
);

export const couponReleased = coupon(
  'coupon-released',
  1,
  { kind: 'compensation', undoes: couponApplied },
  z.object({ outcome: undone }),
);
