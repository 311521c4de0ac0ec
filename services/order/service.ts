import { defineService } from '@quadrille/participant/definition';
import { perOrder } from './per-order.ts';
import { order } from './store.ts';

export const orderService = defineService({
  name: 'order',
  api: 'gateway',
  participant: () => order,
  perOrder,
  container: { passedOn: ['ORDER_DEADLINE'] },
});
