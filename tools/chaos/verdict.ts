import { asAdmin } from '@quadrille/db/grants';
import type { Cluster } from '@quadrille/ops/cluster';
import { findMissed } from '@quadrille/ops/reconcile';
import { verify } from '@quadrille/ops/verify/verify';
import type { History } from './customers.ts';

/** What the run has shown to be untrue of our promises; empty: all of them held. */
export const judge = async (mysqlUrl: string, cluster: Cluster, history: History): Promise<string[]> => {
  const violations = [...history.contradictions];
  const orders = await asAdmin(mysqlUrl, async (admin) => {
    const [rows] = await admin.query('SELECT order_id AS orderId, status FROM eshop_order.orders');
    return new Map((rows as { orderId: string; status: string }[]).map(({ orderId, status }) => [orderId, status]));
  });
  for (const [key, orderId] of history.accepted) {
    const status = orders.get(orderId);
    if (status === undefined) violations.push(`order ${orderId} (${key}) was accepted and is lost`);
    else if (status !== 'paid' && status !== 'cancelled') violations.push(`order ${orderId} has not ended: ${status}`);
  }
  const accepted = new Set(history.accepted.values());
  for (const orderId of orders.keys())
    if (!accepted.has(orderId)) violations.push(`order ${orderId} was made, and no customer was told of it by its key`);
  for (const [orderId, end] of history.ends)
    if (orders.get(orderId) !== end)
      violations.push(`a customer saw order ${orderId} ${end}, and now it is ${orders.get(orderId)}`);
  const { findings } = await verify(cluster, { patience: 0, atRest: true });
  violations.push(...findings.map(({ kind, orderId, what }) => `verify: ${kind}: ${orderId ?? ''} ${what}`));
  return violations;
};

/**
 * Compares the outboxes with Kafka: how many published events there are, and what is not as it should be.
 * @param holdsAll no topic was made again: then Kafka has to hold all of them, and not only what somebody misses
 */
export const compareWithKafka = async (
  cluster: Cluster,
  holdsAll: boolean,
): Promise<{ compared: number; violations: string[] }> => {
  const missed: string[] = [];
  const report = await findMissed(cluster, {
    since: null,
    onMissed: (service, { id, type, how, by }) =>
      missed.push(`${type} ${id} of ${service} is ${how}: ${by.join(', ')} has not received it`),
    onProgress: () => {},
  });
  const lacking = Object.entries(report).filter(([, { missing }]) => holdsAll && missing > 0);
  return {
    compared: Object.values(report).reduce((sum, { compared }) => sum + compared, 0),
    violations: [
      ...lacking.map(([service, { missing }]) => `${missing} events that ${service} has published are not in Kafka`),
      ...missed,
    ],
  };
};

/** How the orders ended, and why the cancelled ones did. */
export const countEnds = (mysqlUrl: string): Promise<Record<string, number>> =>
  asAdmin(mysqlUrl, async (admin) => {
    const [rows] = await admin.query(
      "SELECT CONCAT_WS(': ', status, reason_code) AS outcome, COUNT(*) AS n FROM eshop_order.orders GROUP BY outcome ORDER BY n DESC",
    );
    return Object.fromEntries((rows as { outcome: string; n: number }[]).map(({ outcome, n }) => [outcome, Number(n)]));
  });

/** Orders that have not ended, and payments whose money is still on its way. */
export const countOpen = (mysqlUrl: string): Promise<number> =>
  asAdmin(mysqlUrl, async (admin) => {
    const [rows] = await admin.query(
      `SELECT (SELECT COUNT(*) FROM eshop_order.orders WHERE finished_at IS NULL)
            + (SELECT COUNT(*) FROM eshop_pay.payments WHERE status IN ('pending', 'refunding')) AS n`,
    );
    return Number((rows as { n: number }[])[0]?.n);
  });
