import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { type CouponState, decide, type Heard, hears } from './rules.ts';
import { coupons, couponUses } from './schema.ts';

export const coupon: Participant<CouponState, Heard> = {
  name: 'coupon',
  hears,
  state: {
    use: { rows: rowsOf(couponUses, 'orderId'), key: (orderId) => orderId },
    coupon: {
      rows: rowsOf(coupons, 'couponId'),
      key: (_orderId, event, { use }) =>
        use?.couponId ?? (event?.type === 'stock-reserved' ? event.data.couponId || undefined : undefined),
    },
  },
  decide,
  status: ({ use }) => use?.status,
};
