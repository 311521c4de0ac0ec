import { defineService } from '@quadrille/participant/definition';
import { order } from './store.ts';

export const orderService = defineService({
  name: 'order',
  participant: () => order,
  container: { passedOn: ['ORDER_DEADLINE'] },
});
