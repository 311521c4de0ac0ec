import type { CouponView } from '@quadrille/contracts/shop-http';
import { type Pool, query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { and, eq, gt, sql } from 'drizzle-orm';
import { type CouponState, decide, isExpired, type Received, subscribes } from './rules.ts';
import { coupons, couponUses } from './schema.ts';

export const couponRows = rowsOf(coupons, 'couponId');
export const couponUseRows = rowsOf(couponUses, 'orderId');

export const coupon: Participant<CouponState, Received> = {
  name: 'coupon',
  subscribes,
  state: {
    use: { rows: couponUseRows, key: (orderId) => orderId },
    coupon: {
      rows: couponRows,
      key: (_orderId, event, { use }) =>
        use?.couponId ?? (event?.type === 'stock-reserved' ? event.data.couponId || undefined : undefined),
    },
  },
  decide,
  status: ({ use }) => use?.status,
};

/** A user's coupons in the order of their ids, from behind `after` on. Whether one has expired, the database's clock says. */
export const listCoupons = async (pool: Pool, userId: number, after: number, limit: number): Promise<CouponView[]> => {
  const found = await query(pool)
    .select({
      coupon: coupons,
      use: couponUses.status,
      now: sql`UTC_TIMESTAMP(3)`.mapWith(coupons.expiresAt),
    })
    .from(coupons)
    .leftJoin(couponUses, eq(couponUses.orderId, coupons.orderId))
    .where(and(eq(coupons.userId, userId), gt(coupons.couponId, after)))
    .orderBy(coupons.couponId)
    .limit(limit);
  return found.map(({ coupon: { status, expiresAt, ...coupon }, use, now }) => ({
    ...coupon,
    status: status === 'used' ? (use === 'used' ? 'used' : 'held') : isExpired({ expiresAt }, now) ? 'expired' : 'free',
    expiresAt: expiresAt?.toISOString() ?? null,
  }));
};
