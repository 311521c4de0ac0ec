import type { Coupon } from '@quadrille/coupon/schema';
import type { Product } from '@quadrille/stock/schema';

/** Few enough that not everybody gets what they want. */
export const products: readonly Product[] = [
  { productId: 1, price: 1_100, available: 8, reserved: 0, sold: 0 },
  { productId: 2, price: 2_200, available: 12, reserved: 0, sold: 0 },
];

const unused = { userId: 1, status: 'unused', orderId: null, expiresAt: null } as const;

/** The third pays for everything: then no money moves. */
export const coupons: readonly Coupon[] = [
  { couponId: 1, amount: 1_000, ...unused },
  { couponId: 2, amount: 2_000, ...unused },
  { couponId: 3, amount: 10_000, ...unused },
];
