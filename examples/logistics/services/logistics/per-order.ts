import type { PerOrder } from '@quadrille/participant/per-order';
import type { LogisticsOrder } from './schema.ts';
import { logisticsOrderRows } from './store.ts';

/** What an order has in logistics. */
export const perOrder: PerOrder<LogisticsOrder> = {
  rows: logisticsOrderRows,
  keeps: ({ status }) => status,
  facts: (row, { status, final }) =>
    row && final && status === 'paid' ? [['the step of logistics', row.status, 'done']] : [],
  leftOver: ({ status }) => (status === 'done' ? 'the step of logistics is not undone' : null),
};
