import { UsageError } from '@quadrille/process/errors';
import { select } from './select.ts';
import type { Site } from './site.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The order that somebody means.
 * @throws UsageError that says what would be right
 */
export const findOrder = async (site: Site, text: string): Promise<string> => {
  const id = text.trim().toLowerCase();
  if (!uuid.test(id)) throw new UsageError(`"${text}" is no order id${await hint(site, id)}`);
  const known = await Promise.all([
    select(site.read.order, 'SELECT 1 FROM orders WHERE order_id = ?', [id]),
    select(site.read.order, 'SELECT 1 FROM outbox WHERE correlation_id = ? LIMIT 1', [id]),
    select(site.read.stock, 'SELECT 1 FROM reservations WHERE order_id = ?', [id]),
    select(site.read.coupon, 'SELECT 1 FROM coupon_uses WHERE order_id = ?', [id]),
    select(site.read.pay, 'SELECT 1 FROM payments WHERE order_id = ?', [id]),
  ]);
  if (known.some((rows) => rows.length > 0)) return id;
  const [payment] = await select<{ orderId: string }>(
    site.read.pay,
    'SELECT order_id AS orderId FROM payments WHERE payment_id = ?',
    [id],
  );
  if (payment) throw new UsageError(`${id} is a payment: did you mean its order ${payment.orderId}?`);
  throw new UsageError(`No service knows an order ${id}: look for it with GET /api/v1/orders?userId=USER.`);
};

/** What begins like it; an order id that lost its end is the most common mistake. */
const hint = async ({ read }: Site, text: string): Promise<string> => {
  const general = ': it looks like 0198c0de-0000-7000-8000-000000000000.';
  if (!/^[0-9a-f-]{6,36}$/.test(text)) return general;
  const found = await select<{ orderId: string }>(
    read.order,
    'SELECT order_id AS orderId FROM orders WHERE order_id LIKE ? ORDER BY order_id DESC LIMIT 3',
    [`${text}%`],
  );
  return found.length === 0 ? general : `: did you mean ${found.map(({ orderId }) => orderId).join(' or ')}?`;
};
