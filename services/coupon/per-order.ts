import type { OwnChecks, PerOrder } from '@quadrille/participant/per-order';
import type { CouponUse } from './schema.ts';
import { couponUseRows } from './store.ts';

const isHolding = ({ status }: CouponUse): boolean => status === 'held' || status === 'used';

/** What an order does with its coupon. */
export const perOrder: PerOrder<CouponUse> = {
  rows: couponUseRows,
  keeps: ({ status, couponId, discount }) => `${status}: coupon ${couponId ?? 'none'}, discount ${discount}`,
  facts: (row, { status, couponId, discount }) => [
    ['its coupon', row?.status, couponId === 0 ? 'none' : status === 'paid' ? 'used' : 'held'],
    ...(row
      ? ([
          ['the coupon held', row.couponId ?? 0, couponId],
          ["coupon's discount", row.discount, discount],
        ] as const)
      : []),
  ],
  leftOver: (row) => (isHolding(row) ? `coupon ${row.couponId} is ${row.status} by it` : null),
};

/** A coupon that an order holds, or has used, is marked so for exactly that order; and the other way round. */
export const ownChecks: OwnChecks = {
  contradictions: [
    `SELECT u.order_id AS orderId, CONCAT(u.status, ' coupon ', u.coupon_id, ', which is ',
       COALESCE(CONCAT(c.status, COALESCE(CONCAT(' by order ', c.order_id), '')), 'unknown')) AS what
     FROM coupon_uses u LEFT JOIN coupons c USING (coupon_id)
     WHERE u.status IN ('held', 'used') AND NOT (c.status <=> 'used' AND c.order_id <=> u.order_id)`,
    `SELECT c.order_id AS orderId, CONCAT('coupon ', c.coupon_id, ' is used by ',
       COALESCE(CONCAT('order ', c.order_id, ', which does not hold it'), 'no order')) AS what
     FROM coupons c LEFT JOIN coupon_uses u ON u.order_id = c.order_id AND u.coupon_id = c.coupon_id
     WHERE c.status = 'used' AND (u.status IS NULL OR u.status NOT IN ('held', 'used'))`,
  ],
};
