import { randomUUID } from 'node:crypto';
import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import { acquireLease, leaseTtl } from '@quadrille/db/lease';
import { createClient } from '@quadrille/kafka/client';
import { type RunningConsumer, startConsumer } from '@quadrille/kafka/consumer';
import { groupOf } from '@quadrille/kafka/groups';
import { ensureTopics } from '@quadrille/kafka/topics';
import { type Service, services } from '@quadrille/services';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { outboxRow } from '../../test/support/events.ts';
import { silentLog } from '../../test/support/log.ts';
import { append } from '../../test/support/relays.ts';
import { until } from '../../test/support/until.ts';
import { describeLag } from '../cli/lag.ts';
import { lag } from '../lag.ts';

const minute = 60_000;

describe('lag, of a system with all its instances', () => {
  let test: TestCluster;
  const consumers: RunningConsumer[] = [];
  const join = async (service: Service, clientId: string) => {
    const consumer = await startConsumer(createClient(test.cluster.brokers, clientId, silentLog()), {
      groupId: groupOf(test.cluster.groupPrefix, service),
      topics: test.cluster.handles[service].topics,
      ...{ handle: async () => {}, onCrash: () => {}, log: silentLog() },
    });
    consumers.push(consumer);
    return consumer;
  };
  const sql = (service: Service, statement: string, values: unknown[] = []) =>
    test.databases[service].pool.query(statement, values);
  let without: Service | null = null;
  const look = async () => {
    // A relay leads each database, by a lease that it has just renewed.
    for (const service of services)
      if (service !== without)
        await sql(service, 'UPDATE relay_lease SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 5 SECOND');
    return lag(test.cluster, 5 * minute);
  };
  const problems = async () => (await look()).problems.map(({ service, what }) => `${service}: ${what}`);
  const submit = async () => {
    const orderId = randomUUID();
    await test.submit(orderId, { userId: 1, productId: 1, productCount: 1, amount: 1, couponId: 0 });
    // The relay has published it, and stock has received it.
    await sql('order', 'UPDATE relay_lease SET published_to = (SELECT MAX(seq) FROM outbox)');
    const [rows] = await sql('order', 'SELECT id FROM outbox WHERE correlation_id = ?', [orderId]);
    for (const { id } of rows as unknown as { id: string }[])
      await sql('stock', 'INSERT INTO inbox VALUES (?, NOW(3))', [id]);
    return orderId;
  };
  const ago = (column: string, ms: number) => `${column} = UTC_TIMESTAMP(3) - INTERVAL ${ms * 1_000} MICROSECOND`;

  beforeAll(async () => {
    test = await startTestCluster();
    await ensureTopics(test.cluster.kafka, topics, { partitions: partitionsPerTopic, replication: 1 });
    for (const service of services) {
      await join(service, service);
      await acquireLease(test.databases[service].pool, service, leaseTtl);
    }
    await until('all stable', async () =>
      (await look()).services.every(({ consumer }) => consumer.state === 'Stable' && consumer.records === 0),
    );
  });
  beforeEach(async () => {
    for (const service of services) await sql(service, 'DELETE FROM outbox');
    await sql('order', 'DELETE FROM orders');
    await sql('order', 'UPDATE relay_lease SET published_to = 0');
  });
  afterAll(async () => {
    for (const consumer of consumers) await consumer.stop();
    await test?.drop();
  });

  it('C6: says that all is well where all is well', async () => {
    expect(await problems()).toEqual([]);
    await submit();
    expect(await problems()).toEqual([]);
    expect(describeLag(await look())).toContain('No order is stuck.');
  });

  it('C6: orders wait and none is placed, for any cause', async () => {
    const orderId = await submit();
    await sql('order', `UPDATE orders SET ${ago('updated_at', 20_000)}`);
    expect(await problems()).toEqual([
      expect.stringMatching(
        /^null: 1 order on the way, the oldest without a move for 2\d s, and none was placed yet: nothing moves$/,
      ),
    ]);
    expect(describeLag(await look())).not.toContain('No order is stuck.');
    // Others are placed: this one is late, but something moves.
    const other = await submit();
    await sql('order', `UPDATE orders SET status = 'awaiting-payment', ${ago('placed_at', 0)} WHERE order_id = ?`, [
      other,
    ]);
    expect(await problems()).toEqual([]);
    await sql('order', `UPDATE orders SET ${ago('placed_at', 20_000)} WHERE order_id = ?`, [other]);
    expect(await problems()).toEqual([expect.stringMatching(/none was placed for 2\d s: nothing moves$/)]);
    await sql('order', `UPDATE orders SET ${ago('updated_at', 6 * minute)} WHERE order_id = ?`, [orderId]);
    expect((await look()).stuck).toMatchObject({ orders: 1, oldest: orderId });
  });

  it('C6: a payment should have expired, a cancellation does not end, a clock was set back', async () => {
    const orderId = await submit();
    await sql(
      'order',
      `UPDATE orders SET status = 'awaiting-payment', ${ago('placed_at', 0)}, ${ago('payment_expires_at', minute)}`,
    );
    expect(await problems()).toEqual([]);
    await sql('order', `UPDATE orders SET ${ago('payment_expires_at', 6 * minute)}`);
    expect(await problems()).toEqual([expect.stringMatching(new RegExp(`1 stuck order, .*: trace ${orderId}$`))]);
    await sql('order', `UPDATE orders SET status = 'cancelling', ${ago('updated_at', 6 * minute)}`);
    expect(await problems()).toEqual([expect.stringContaining('1 stuck order')]);
    await sql('order', `UPDATE orders SET status = 'submitted', ${ago('updated_at', -60 * minute)}`);
    expect(await problems()).toEqual([expect.stringContaining('1 order changed in the future')]);
  });

  it('C6: a relay leads and does not publish', async () => {
    await append(test.databases.coupon, { time: new Date(Date.now() - 6 * minute).toISOString() });
    expect(await problems()).toEqual([
      expect.stringMatching(/^coupon: 1 event of coupon not published, the oldest for 6 min/),
    ]);
  });

  it('C6: a service is in its group and does not receive what was published', async () => {
    await sql('stock', 'UPDATE relay_lease SET published_to = 1000000');
    const young = outboxRow({ topic: 'stock-events', type: 'stock-reserved' });
    await append(test.databases.stock, young);
    // Nothing of it is in Kafka, and the groups have committed all that is there: it will not come.
    expect(await problems()).toEqual([
      expect.stringMatching(/^order: 1 recent event skipped/),
      expect.stringMatching(/^coupon: 1 recent event skipped/),
    ]);
    for (const service of ['order', 'coupon'] as const)
      await sql(service, 'INSERT INTO inbox VALUES (?, NOW(3))', [young.id]);
    expect(await problems()).toEqual([]);
  });

  it('B11: names a foreign member of a group, and what it has taken', async () => {
    const foreign = await join('stock', 'warehouse');
    const found = await until('it has partitions', async () => {
      const all = await problems();
      return all.some((what) => what.includes('has taken order-events/')) && all;
    });
    expect(found).toContainEqual(
      expect.stringMatching(
        /^stock: another application is in the group \S+stock: client "warehouse" at 127\.0\.0\.1, which has taken order-events\/\d/,
      ),
    );
    await foreign.stop();
    await until('it is gone', async () => (await problems()).length === 0);
  });

  it('C6: no instance, no relay', async () => {
    await consumers[services.indexOf('pay')]?.stop();
    await sql('pay', 'UPDATE relay_lease SET expires_at = UTC_TIMESTAMP(3)');
    without = 'pay';
    const found = await problems();
    expect(found).toContainEqual(expect.stringMatching(/^pay: no instance of pay is in its group/));
    expect(found).toContainEqual('pay: no relay publishes what pay says: start the relay');
  });
});
