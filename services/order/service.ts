import { defineService } from '@quadrille/participant/definition';
import { group, setting } from '@quadrille/process/settings/setting';
import { duration } from '@quadrille/process/settings/types';
import { perOrder } from './per-order.ts';
import { order } from './store.ts';

export const orderSettings = group('services.order', {
  deadline: setting({
    env: 'ORDER_DEADLINE',
    type: duration,
    standard: '15m',
    says: 'An order that has not been placed after so long is cancelled.',
  }),
});

export const orderService = defineService({
  name: 'order',
  api: 'gateway',
  participant: () => order,
  perOrder,
  processSettings: orderSettings,
  container: { passedOn: ['ORDER_DEADLINE'] },
});
