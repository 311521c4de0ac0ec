import { defineService } from '@quadrille/participant/definition';
import { seed } from './seed.ts';
import { coupon } from './store.ts';

export const couponService = defineService({ name: 'coupon', participant: () => coupon, seed });
