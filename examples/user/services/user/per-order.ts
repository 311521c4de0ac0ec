import type { PerOrder } from '@quadrille/participant/per-order';
import type { UserOrder } from './schema.ts';
import { userOrderRows } from './store.ts';

/** What an order has in user. */
export const perOrder: PerOrder<UserOrder> = {
  rows: userOrderRows,
  keeps: ({ status }) => status,
  facts: (row, { status, final }) =>
    row && final && status === 'paid' ? [['the check of user', row.status, 'confirmed']] : [],
  leftOver: () => null,
};
