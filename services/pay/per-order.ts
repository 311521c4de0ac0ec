import type { OwnChecks, PerOrder } from '@quadrille/participant/per-order';
import type { Payment } from './schema.ts';
import { paymentRows } from './store.ts';

/** The payment of an order. */
export const perOrder: PerOrder<Payment> = {
  rows: paymentRows,
  otherId: { name: 'payment', of: 'paymentId' },
  keeps: ({ status, amount }) => `${status}: amount ${amount}`,
  facts: (row, { status, amount, discount }) => [
    ['its payment', row?.status, status === 'paid' ? 'succeeded' : 'pending'],
    ...(row ? ([['the amount to pay', row.amount, amount - discount]] as const) : []),
  ],
  leftOver: ({ status }) => (status === 'pending' || status === 'succeeded' ? `its payment is ${status}` : null),
  waitsFor: ({ status, expiresAt, startedAt, updatedAt }, now) => {
    if (status === 'refunding')
      return { for: 'provider', what: 'the payment provider to give the money back', since: updatedAt };
    if (status !== 'pending') return null;
    if (expiresAt && expiresAt <= now) return { for: 'pay', what: 'pay to let the payment expire', since: expiresAt };
    const until = expiresAt ? ` until ${expiresAt.toISOString()}` : '';
    return startedAt
      ? { for: 'provider', what: `the payment provider to move the money${until}`, since: startedAt }
      : { for: 'customer', what: `the customer to pay${until}`, since: updatedAt };
  },
};

/** For an order that is paid, exactly its price is kept; for any other, in the end, nothing. */
export const ownChecks: OwnChecks = {
  contradictions: [
    `SELECT p.order_id AS orderId, CONCAT('its payment is ', p.status, ', but ', COALESCE(c.kept, 0), ' of the customer''s money are kept where it should be ',
       IF(p.status = 'succeeded', p.amount, 0)) AS what
     FROM payments p LEFT JOIN (SELECT order_id, SUM(amount) AS kept FROM charges WHERE status = 'kept' GROUP BY order_id) c USING (order_id)
     WHERE COALESCE(c.kept, 0) <> IF(p.status = 'succeeded', p.amount, 0)`,
    `SELECT c.order_id AS orderId, CONCAT(SUM(c.amount), ' of the customer''s money are kept for an order that has no payment') AS what
     FROM charges c LEFT JOIN payments p USING (order_id) WHERE c.status = 'kept' AND p.order_id IS NULL GROUP BY c.order_id`,
  ],
  open: `SELECT order_id AS orderId, CONCAT('the payment provider to give back ', amount) AS what, COALESCE(charged_at, ask_at, UTC_TIMESTAMP(3)) AS since
         FROM charges WHERE status = 'to-refund'`,
};
