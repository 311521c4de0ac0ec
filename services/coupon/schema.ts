import { integer, utc, uuidText, word } from '@quadrille/db/columns';
import { index, mysqlTable } from 'drizzle-orm/mysql-core';

/** `orderId`: the order that holds it, or has used it. */
export const coupons = mysqlTable(
  'coupons',
  {
    couponId: integer('coupon_id').primaryKey(),
    userId: integer('user_id').notNull(),
    amount: integer('amount').notNull(),
    status: word('status', { length: 16 }).$type<'unused' | 'used'>().notNull(),
    orderId: uuidText('order_id'),
    expiresAt: utc('expires_at'),
  },
  (table) => [index('coupons_by_user').on(table.userId, table.couponId)],
);
export type Coupon = typeof coupons.$inferSelect;

/**
 * What coupon did for an order. `none`: it brought no coupon. `held` until it is paid, then `used`. `tombstone`: the order was cancelled
 * before coupon received it, and must not get a coupon any more.
 */
export type CouponUseStatus = 'none' | 'held' | 'used' | 'rejected' | 'released' | 'tombstone';

export const couponUses = mysqlTable('coupon_uses', {
  orderId: uuidText('order_id').primaryKey(),
  couponId: integer('coupon_id'),
  discount: integer('discount').notNull(),
  status: word('status', { length: 16 }).$type<CouponUseStatus>().notNull(),
  updatedAt: utc('updated_at').notNull(),
});
export type CouponUse = typeof couponUses.$inferSelect;
