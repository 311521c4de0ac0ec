import { z } from 'zod';
import { id, money, price, time, uuid } from './values.ts';

/** A product, as stock answers it. available + reserved + sold never changes, whatever happens to orders. */
export const productView = z.object({
  productId: id,
  price: price.meta({ description: 'In minor units (cents)', example: 1100 }),
  available: z.int().min(0).meta({ description: 'What can be ordered now', example: 99 }),
  reserved: z.int().min(0).meta({ description: 'Set aside for orders that are under way', example: 1 }),
  sold: z.int().min(0).meta({ description: 'Paid for', example: 0 }),
});
export type ProductView = z.infer<typeof productView>;

/** A page of products by id. `next`: the id after which the next page begins; null: that was all. */
export type ProductPage = { readonly products: readonly ProductView[]; readonly next: number | null };

export const couponStatus = z.enum(['free', 'held', 'used', 'expired']);

/** A user's coupon, as coupon answers it. */
export const couponView = z.object({
  couponId: id,
  userId: id,
  amount: money.meta({ description: 'What it takes off an order at most, in minor units (cents)', example: 1000 }),
  status: couponStatus.meta({
    description:
      'free: can be used; held: by an order that is not paid yet, and given back if that is cancelled; used: up; expired: too late',
  }),
  orderId: uuid.nullable().meta({ description: 'The order that holds it or has used it' }),
  expiresAt: time.nullable().meta({ description: 'null: never' }),
});
export type CouponView = z.infer<typeof couponView>;

/** A page of a user's coupons by id. `next`: the id after which the next page begins; null: that was all. */
export type CouponPage = { readonly coupons: readonly CouponView[]; readonly next: number | null };
