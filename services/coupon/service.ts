import { defineService } from '@quadrille/participant/definition';
import { ownChecks, perOrder } from './per-order.ts';
import { seed } from './seed.ts';
import { coupon } from './store.ts';

export const couponService = defineService({
  name: 'coupon',
  api: 'gateway',
  participant: () => coupon,
  perOrder,
  ownChecks,
  seed,
});
