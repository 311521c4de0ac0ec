import { z } from 'zod';
import { publisherOf } from '../event.ts';
import { stockReserved } from '../stock-events.ts';
import { count, id, money, reason, undone } from '../values.ts';

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
