import { asAdmin } from '@quadrille/db/grants';
import { readDepth } from '@quadrille/db/outbox-progress';
import { services } from '@quadrille/services';
import { databases } from '@quadrille/services/databases';

/** What does not add up, one sentence each; empty: the books balance. */
export type Findings = string[];

const { order, stock, coupon, pay } = databases;

/** Each check counts what must not be. */
const checks: readonly { what: string; sql: string }[] = [
  {
    what: 'products with less than nothing available, reserved or sold',
    sql: `SELECT COUNT(*) AS n FROM ${stock}.products WHERE available < 0 OR reserved < 0 OR sold < 0`,
  },
  ...(['reserved', 'sold'] as const).map((status) => ({
    what: `products whose ${status} count is not the sum of their ${status} reservations`,
    sql: `SELECT COUNT(*) AS n FROM ${stock}.products p LEFT JOIN
            (SELECT product_id, SUM(product_count) AS held FROM ${stock}.reservations WHERE status = '${status}' GROUP BY product_id) r
            USING (product_id) WHERE p.${status} <> COALESCE(r.held, 0)`,
  })),
  {
    what: 'reservations held for orders that are cancelled or unknown',
    sql: `SELECT COUNT(*) AS n FROM ${stock}.reservations r LEFT JOIN ${order}.orders o USING (order_id)
          WHERE r.status IN ('reserved', 'sold') AND (o.order_id IS NULL OR o.status = 'cancelled')`,
  },
  {
    what: 'placed or paid orders without goods',
    sql: `SELECT COUNT(*) AS n FROM ${order}.orders o LEFT JOIN ${stock}.reservations r USING (order_id)
          WHERE o.status IN ('awaiting-payment', 'paid') AND (r.status IS NULL OR r.status NOT IN ('reserved', 'sold'))`,
  },
  {
    what: 'used coupons that no living order holds',
    sql: `SELECT COUNT(*) AS n FROM ${coupon}.coupons c LEFT JOIN ${coupon}.coupon_uses u ON u.order_id = c.order_id AND u.coupon_id = c.coupon_id
          LEFT JOIN ${order}.orders o ON o.order_id = c.order_id
          WHERE c.status = 'used' AND (u.status IS NULL OR u.status NOT IN ('held', 'used') OR o.status IS NULL OR o.status = 'cancelled')`,
  },
  {
    what: 'coupon uses held more than once, or for a coupon that is free',
    sql: `SELECT COUNT(*) AS n FROM (SELECT u.coupon_id FROM ${coupon}.coupon_uses u JOIN ${coupon}.coupons c USING (coupon_id)
          WHERE u.status IN ('held', 'used') GROUP BY u.coupon_id, c.status HAVING COUNT(*) > 1 OR c.status = 'unused') x`,
  },
  {
    what: 'placed or paid orders whose payment is missing or of another amount',
    sql: `SELECT COUNT(*) AS n FROM ${order}.orders o LEFT JOIN ${pay}.payments p USING (order_id)
          WHERE o.status IN ('awaiting-payment', 'paid')
          AND (p.order_id IS NULL OR p.amount <> o.amount - o.discount OR p.status NOT IN ('pending', 'succeeded'))`,
  },
  {
    what: 'cancelled orders with an open or kept payment',
    sql: `SELECT COUNT(*) AS n FROM ${order}.orders o JOIN ${pay}.payments p USING (order_id)
          WHERE o.status = 'cancelled' AND p.status IN ('pending', 'succeeded')`,
  },
  {
    what: 'orders for which the wrong sum is in the till: the price of a paid one, else nothing',
    sql: `SELECT COUNT(*) AS n FROM ${order}.orders o LEFT JOIN
            (SELECT order_id, SUM(amount) AS kept FROM ${pay}.charges WHERE status <> 'refunded' GROUP BY order_id) c USING (order_id)
          WHERE COALESCE(c.kept, 0) <> IF(o.status = 'paid', o.amount - o.discount, 0)`,
  },
  {
    what: 'charges about which the test provider says otherwise',
    sql: `SELECT COUNT(*) AS n FROM ${pay}.test_provider_charges t LEFT JOIN ${pay}.charges c USING (charge_id)
          WHERE t.status IN ('charged', 'refunded')
          AND (c.status IS NULL OR c.amount <> t.amount OR c.status <> IF(t.status = 'charged', 'kept', 'refunded'))`,
  },
  {
    what: 'orders neither placed nor at their end',
    sql: `SELECT COUNT(*) AS n FROM ${order}.orders WHERE status NOT IN ('awaiting-payment', 'paid', 'cancelled')`,
  },
  ...services.flatMap((service) => [
    {
      what: `events of ${service} that Kafka refuses, or that wait behind such`,
      sql: `SELECT COUNT(*) AS n FROM ${databases[service]}.outbox_parked WHERE status IN ('refused', 'waiting')`,
    },
    { what: `events parked by ${service}`, sql: `SELECT COUNT(*) AS n FROM ${databases[service]}.parked` },
  ]),
];

/** Compares the books of all services. Only at rest do they have to balance: while orders are under way they differ in transit. */
export const checkBooks = (mysqlUrl: string): Promise<Findings> =>
  asAdmin(mysqlUrl, async (admin) => {
    const findings: Findings = [];
    for (const { what, sql } of checks) {
      const [rows] = await admin.query(sql);
      const count = Number((rows as { n: number }[])[0]?.n);
      if (count !== 0) findings.push(`${count} ${what}`);
    }
    for (const service of services) {
      const { events } = await readDepth(admin, databases[service]);
      if (events !== 0) findings.push(`${events} events left in the outbox of ${service}`);
    }
    return findings;
  });

/** Orders and money under way and events not yet published: 0 means that nothing moves any more unless someone acts. */
export const countUnsettled = (mysqlUrl: string): Promise<number> =>
  asAdmin(mysqlUrl, async (admin) => {
    const [rows] = await admin.query(
      `SELECT (SELECT COUNT(*) FROM ${order}.orders WHERE status NOT IN ('awaiting-payment', 'paid', 'cancelled'))
         + (SELECT COUNT(*) FROM ${pay}.test_provider_charges WHERE due_at IS NOT NULL)
         + (SELECT COUNT(*) FROM ${pay}.charges WHERE status = 'to-refund') AS n`,
    );
    let unsettled = Number((rows as { n: number }[])[0]?.n);
    for (const service of services) unsettled += (await readDepth(admin, databases[service])).events;
    return unsettled;
  });
