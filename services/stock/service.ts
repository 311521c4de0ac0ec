import { defineService } from '@quadrille/participant/definition';
import { ownChecks, perOrder } from './per-order.ts';
import { seed } from './seed.ts';
import { stock } from './store.ts';

export const stockService = defineService({
  name: 'stock',
  api: 'gateway',
  participant: () => stock,
  perOrder,
  ownChecks,
  seed,
});
