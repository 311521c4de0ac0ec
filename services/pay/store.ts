import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { decideWith, type Heard, hears, type PayState } from './rules.ts';
import { payments } from './schema.ts';

/** @param expiry how long a customer may take to pay, in ms */
export const payWith = (expiry: number): Participant<PayState, Heard> => ({
  name: 'pay',
  hears,
  state: { payment: { rows: rowsOf(payments, 'orderId'), key: (orderId) => orderId } },
  decide: decideWith(expiry),
  status: ({ payment }) => payment?.status,
});
