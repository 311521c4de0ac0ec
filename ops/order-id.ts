import { UsageError } from '@quadrille/process/errors';
import type { Cluster } from './cluster.ts';
import { keepers, readKept } from './kept.ts';
import { select } from './select.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The order that the operator means.
 * @throws UsageError that says what would be right
 */
export const findOrder = async (cluster: Cluster, text: string): Promise<string> => {
  const id = text.trim().toLowerCase();
  if (!uuid.test(id)) throw new UsageError(`"${text}" is no order id${await hint(cluster, id)}`);
  const kept = await readKept(cluster.read, [id]);
  if (Object.keys(kept.get(id) ?? {}).length > 0) return id;
  const published = await select(cluster.read.order, 'SELECT 1 FROM outbox WHERE correlation_id = ? LIMIT 1', [id]);
  if (published.length > 0) return id;
  await throwIfOtherId(cluster, id);
  throw new UsageError(`No service knows an order ${id}: look for it with GET /api/v1/orders?userId=USER.`);
};

/** @throws UsageError that names the order, when this is the id of something else that belongs to it */
const throwIfOtherId = async ({ read }: Cluster, id: string): Promise<void> => {
  for (const { service, perOrder } of keepers) {
    const { rows, otherId } = perOrder;
    const [row] = otherId ? await rows.readBy(read[service], otherId.of, [id]) : [];
    if (row) throw new UsageError(`${id} is a ${otherId?.name}: did you mean its order ${row.orderId}?`);
  }
};

/** What begins like it; an order id that lost its end is the most common mistake. */
const hint = async ({ read }: Cluster, text: string): Promise<string> => {
  const general = ': it looks like 0198c0de-0000-7000-8000-000000000000.';
  if (!/^[0-9a-f-]{6,36}$/.test(text)) return general;
  const found = await select<{ orderId: string }>(
    read.order,
    'SELECT order_id AS orderId FROM orders WHERE order_id LIKE ? ORDER BY order_id DESC LIMIT 3',
    [`${text}%`],
  );
  return found.length === 0 ? general : `: did you mean ${found.map(({ orderId }) => orderId).join(' or ')}?`;
};
