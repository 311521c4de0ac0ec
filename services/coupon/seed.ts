import { type Coupon, coupons } from './schema.ts';

/** The article's coupons: both of user 1, unused. */
const rows: Coupon[] = [
  { couponId: 1, userId: 1, amount: 1000, status: 'unused', orderId: null, expiresAt: null },
  { couponId: 2, userId: 1, amount: 2000, status: 'unused', orderId: null, expiresAt: null },
];

export const seed = { table: coupons, rows };
