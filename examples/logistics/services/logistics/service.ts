import { defineService } from '@quadrille/participant/definition';
import { perOrder } from './per-order.ts';
import { seed } from './seed.ts';
import { logistics } from './store.ts';

export const logisticsService = defineService({
  name: 'logistics',
  participant: () => logistics,
  perOrder,
  seed,
  api: 'public',
});
