import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { mixedRun } from '../../test/support/mixed-run.ts';
import { randomFrom } from '../../test/support/random.ts';
import { forgetTotals } from '../verify/units.ts';
import { type VerifyReport, verify } from '../verify/verify.ts';

const hour = 3_600_000;

describe('the audit', () => {
  let test: TestCluster;
  let product = 2_000_000_000;
  beforeAll(async () => {
    test = await startTestCluster();
  });
  afterAll(() => test.drop());
  const sql = (service: 'order' | 'stock' | 'coupon' | 'pay', statement: string, values: unknown[] = []) =>
    test.databases[service].pool.query(statement, values);
  const look = (atRest = true): Promise<VerifyReport> => verify(test.cluster, { patience: hour, atRest });

  /** One order that is placed, with goods of its own. */
  const place = async (meddle?: Parameters<TestCluster['run']>[0]): Promise<string> => {
    const [orderId, productId] = [randomUUID(), ++product];
    await sql('stock', 'INSERT INTO products VALUES (?, 100, 10, 0, 0)', [productId]);
    await sql('coupon', "INSERT INTO coupons VALUES (?, 1, 50, 'unused', NULL, NULL)", [productId]);
    await test.submit(orderId, { userId: 1, productId, productCount: 2, amount: 200, couponId: productId });
    await test.run(meddle);
    return orderId;
  };

  describe('of a sound system', () => {
    it('agrees after all kinds of orders', async () => {
      await mixedRun(test, randomFrom(7), 80);
      expect(await look()).toMatchObject({
        balanced: true,
        findings: [],
        moving: 0,
        underWay: 0,
        checked: { orders: 80 },
      });
    });

    it('leaves out what is on its way, and takes nothing for broken', async () => {
      const orderId = await place(({ record, row }) => (row.type === 'stock-reserved' ? null : record));
      const busy = await look(false);
      expect(busy).toMatchObject({ balanced: true, findings: [], moving: 1, underWay: 2 });
      const atRest = await look();
      expect(atRest.balanced).toBe(false);
      expect(atRest.findings.find((finding) => finding.orderId === orderId && finding.kind === 'stuck')).toMatchObject({
        what: expect.stringContaining('order to process stock-reserved'),
        event: { type: 'stock-reserved', service: 'order' },
      });
      await sql('order', "UPDATE orders SET status = 'cancelled' WHERE order_id = ?", [orderId]);
      for (const [service, table] of [
        ['stock', 'reservations'],
        ['order', 'orders'],
      ] as const)
        await sql(service, `DELETE FROM ${table} WHERE order_id = ?`, [orderId]);
      for (const service of ['order', 'stock'] as const)
        await sql(service, 'DELETE FROM outbox WHERE correlation_id = ?', [orderId]);
      await sql('stock', 'UPDATE products SET available = 10, reserved = 0 WHERE product_id = ?', [product]);
    });
  });

  describe('finds', () => {
    let orderId: string;
    beforeEach(async () => {
      orderId = await place();
      expect(await look()).toMatchObject({ findings: [] });
    });

    /** Breaks the rows, looks, and repairs them. */
    const whileBroken = async (
      service: Parameters<typeof sql>[0],
      breaks: string,
      mends: string,
    ): Promise<VerifyReport> => {
      const values = (statement: string) => [...statement.matchAll(/\?/g)].map(() => orderId);
      await sql(service, breaks, values(breaks));
      const report = await look();
      await sql(service, mends, values(mends));
      return report;
    };

    it('a reservation that is not what was said', async () => {
      const report = await whileBroken(
        'stock',
        "UPDATE reservations SET status = 'released' WHERE order_id = ?",
        "UPDATE reservations SET status = 'reserved' WHERE order_id = ?",
      );
      expect(report.balanced).toBe(false);
      expect(report.findings).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            kind: 'divergence',
            orderId,
            what: 'awaiting-payment, but its reservation is released where it should be reserved',
            event: expect.objectContaining({ type: 'stock-reserved', publisher: 'stock', service: 'stock' }),
          }),
          expect.objectContaining({
            kind: 'stock',
            what: expect.stringContaining(`product ${product}: 2 reserved, but its reservations are 0`),
          }),
        ]),
      );
    });

    it('a payment that is lost', async () => {
      const [rows] = (await sql('pay', 'SELECT * FROM payments WHERE order_id = ?', [orderId])) as unknown as [
        object[],
      ];
      await sql('pay', 'DELETE FROM payments WHERE order_id = ?', [orderId]);
      const report = await look();
      await sql('pay', 'INSERT INTO payments VALUES ?', [[Object.values(rows[0] ?? {})]]);
      expect(report.findings).toMatchObject([
        {
          kind: 'divergence',
          orderId,
          what: expect.stringContaining('its payment is missing'),
          event: { type: 'payment-created', service: 'pay' },
        },
      ]);
    });

    it('an order that was cancelled by nobody, with all that is kept for it', async () => {
      const report = await whileBroken(
        'order',
        "UPDATE orders SET status = 'cancelled' WHERE order_id = ?",
        "UPDATE orders SET status = 'awaiting-payment' WHERE order_id = ?",
      );
      expect(report.findings).toMatchObject([
        {
          kind: 'divergence',
          orderId,
          what: `cancelled, but 2 of product ${product} are reserved for it; cancelled, but coupon ${product} is held by it; cancelled, but its payment is pending`,
          event: { type: 'payment-created', service: 'order' },
        },
      ]);
    });

    it('an order whose row is lost', async () => {
      const report = await whileBroken(
        'order',
        "UPDATE orders SET order_id = '00000000-0000-4000-8000-000000000000' WHERE order_id = ?",
        "UPDATE orders SET order_id = ? WHERE order_id = '00000000-0000-4000-8000-000000000000'",
      );
      expect(report.findings).toContainEqual(
        expect.objectContaining({
          kind: 'divergence',
          orderId,
          what: expect.stringMatching(
            /^stock knows it \(reserved: 2 of product \d+\), order does not; coupon knows it \(held: .*\), order does not; pay knows it \(pending: .*\), order does not$/,
          ),
        }),
      );
    });

    it('a coupon that two orders hold, and one that is free although it is held', async () => {
      const report = await whileBroken(
        'coupon',
        "UPDATE coupons SET order_id = '00000000-0000-4000-8000-000000000000' WHERE order_id = ?",
        "UPDATE coupons SET order_id = ? WHERE order_id = '00000000-0000-4000-8000-000000000000'",
      );
      expect(report.findings.map(({ kind, what }) => `${kind}: ${what}`)).toEqual([
        `coupon: held coupon ${product}, which is used by order 00000000-0000-4000-8000-000000000000`,
        `coupon: coupon ${product} is used by order 00000000-0000-4000-8000-000000000000, which does not hold it`,
      ]);
    });

    it('money that is kept for an order that is not paid', async () => {
      const charge = ['charge-lost', orderId, randomUUID(), 150, 'kept', new Date(), null, 0, null];
      await sql('pay', 'INSERT INTO charges VALUES ?', [[charge]]);
      const report = await look();
      await sql('pay', "DELETE FROM charges WHERE charge_id = 'charge-lost'");
      expect(report.findings).toMatchObject([
        {
          kind: 'pay',
          orderId,
          what: "its payment is pending, but 150 of the customer's money are kept where it should be 0",
        },
      ]);
    });

    it('units that come from nowhere, until a person says that this is right', async () => {
      await sql('stock', 'UPDATE products SET available = available + 5 WHERE product_id = ?', [product]);
      const { findings } = await look();
      expect(findings).toMatchObject([
        { kind: 'stock', what: expect.stringContaining(`product ${product}: 15 units in all, but 10`) },
      ]);
      await forgetTotals(test.databases.ops.pool);
      expect((await look()).balanced).toBe(true);
    });

    it('an event that a service has forgotten, although all services agree', async () => {
      const [[event]] = (await sql(
        'order',
        "SELECT id FROM outbox WHERE correlation_id = ? AND type = 'order-created'",
        [orderId],
      )) as unknown as [{ id: string }[]];
      await sql('stock', 'DELETE FROM inbox WHERE event_id = ?', [event?.id]);
      const report = await look();
      await sql('stock', 'INSERT INTO inbox VALUES (?, UTC_TIMESTAMP(3))', [event?.id]);
      expect(report.findings).toMatchObject([
        {
          kind: 'inbox',
          what: expect.stringContaining('stock has not processed 1 order-created'),
          event: { id: event?.id },
        },
      ]);
    });

    it('events that nobody publishes', async () => {
      await test.cancel(orderId);
      const report = await look();
      expect(report.findings).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            kind: 'stuck',
            orderId,
            what: expect.stringContaining('the relay to publish order-cancelled'),
          }),
          expect.objectContaining({
            kind: 'outbox',
            what: expect.stringContaining('1 events of order are not published'),
          }),
        ]),
      );
      await test.run();
      expect((await look()).balanced).toBe(true);
    });

    it('what is parked', async () => {
      await test.cancel(orderId);
      await test.run(({ service, record }) => (service === 'coupon' ? { ...record, value: null } : record));
      const report = await look();
      expect(report.findings).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ kind: 'parked', orderId }),
          expect.objectContaining({ kind: 'parked', what: 'coupon has 1 parked events, and 0 that wait behind them' }),
        ]),
      );
    });
  });
});
