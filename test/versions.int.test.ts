import { randomUUID } from 'node:crypto';
import { topics } from '@quadrille/contracts/catalogue';
import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import { orderCancelled } from '@quadrille/contracts/order-events';
import { stockReserved } from '@quadrille/contracts/stock-events';
import { mysqlStorage } from '@quadrille/db/storage';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import { ensureTopics } from '@quadrille/kafka/topics';
import { replay } from '@quadrille/ops/replay/replay';
import { retry } from '@quadrille/participant/parked';
import { createRuntime } from '@quadrille/participant/runtime';
import { payWith } from '@quadrille/services/pay/store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from './support/cluster.ts';
import { received, recordOf } from './support/events.ts';
import { parkedOf } from './support/parked.ts';
import { append, type RunningRelay, startRelay } from './support/relays.ts';
import { consume, type RunningConsumer } from './support/running-consumer.ts';
import { type ScratchKafka, scratchKafka } from './support/topics.ts';
import { until } from './support/until.ts';

const hour = 3_600_000;
const newPay = { participant: payWith(hour), createRuntime };

/** Pay and its runtime as they were before version 2 of coupon-applied: the same code, with that release's file of events. */
const readOldPay = async (): Promise<typeof newPay> => {
  vi.resetModules();
  vi.doMock('../contracts/coupon-events.ts', () => import('../contracts/test/coupon-events-1.ts'));
  const old = await import('@quadrille/services/pay/store');
  const runtime = await import('@quadrille/participant/runtime');
  vi.doUnmock('../contracts/coupon-events.ts');
  vi.resetModules();
  return { participant: old.payWith(hour), createRuntime: runtime.createRuntime };
};

const reserved = { userId: 7, productId: 3, productCount: 2, amount: 2_200, couponId: 0 };
/** What coupon published while version 1 was the newest, in both of its forms. */
const published1 = { userId: 7, productId: 3, productCount: 2, couponId: 0, amount: 2_200, discount: 0 };
const { productId: _productId, productCount: _productCount, ...publishedFirst } = published1;

describe('R34: coupon-applied in two versions', () => {
  let cluster: TestCluster;
  let kafka: ScratchKafka;
  let publisher: Publisher;
  let relays: readonly RunningRelay[];
  let oldPay: typeof newPay;
  let consumers: RunningConsumer[];
  /** The orders of a test, and the records of theirs that pay was given. */
  let orders: Set<string>;
  let records: IncomingRecord[];

  beforeAll(async () => {
    cluster = await startTestCluster();
    kafka = scratchKafka();
    await ensureTopics(kafka.kafka, topics, { partitions: 6, replication: 1 });
    publisher = createPublisher(kafka.clientOf);
    relays = (['coupon', 'order'] as const).map((service) => startRelay(cluster.databases[service].pool, publisher));
    oldPay = await readOldPay();
  });
  beforeEach(() => {
    [orders, records, consumers] = [new Set(), [], []];
  });
  afterEach(() => Promise.all(consumers.map(({ stop }) => stop())));
  afterAll(async () => {
    await Promise.all((relays ?? []).map(({ stop }) => stop()));
    await publisher?.close();
    await kafka?.drop();
    await cluster?.drop();
  });

  const newOrder = (): string => {
    const orderId = randomUUID();
    orders.add(orderId);
    return orderId;
  };
  /** A row in the outbox of coupon, as releases wrote it that only knew version 1. */
  const sayAsBefore = async (orderId: string, data: object): Promise<void> => {
    const event = { type: 'coupon-applied', version: 1, topic: 'coupon-events', publisher: 'coupon' };
    await append(cluster.databases.coupon, { ...event, correlationId: orderId, payload: encodeData(data) });
  };
  /** Has the rules of coupon, as they are today, apply an order's coupon. */
  const sayAsToday = async (orderId: string): Promise<void> => {
    const storage = mysqlStorage(cluster.databases.coupon.pool);
    const event = received(orderId, stockReserved.of(reserved));
    expect(await cluster.cluster.handles.coupon.take(storage, [recordOf(event)])).toMatchObject([{ kind: 'applied' }]);
  };
  const cancel = async (orderId: string): Promise<void> => {
    const reason = { code: 'gone', message: 'gone', step: 'order' } as const;
    const { data, ...event } = orderCancelled.of({ reason });
    await append(cluster.databases.order, { ...event, correlationId: orderId, payload: encodeData(data) });
  };
  const startPay = async (release: typeof newPay, groupId: string): Promise<RunningConsumer> => {
    const onRecord = (record: IncomingRecord) => void records.push(record);
    const consumer = await consume(release, cluster.databases.pay.pool, kafka, { groupId, orders, onRecord });
    consumers.push(consumer);
    return consumer;
  };

  const select = async <Row>(sql: string, orderIds: readonly string[]): Promise<Row[]> =>
    (await cluster.databases.pay.pool.query(sql, [orderIds]))[0] as unknown as Row[];
  /** The payments of orders: which goods, which amount, and how it stands. */
  const paymentsOf = async (...orderIds: readonly string[]) => {
    const rows = await select<{ id: string; of: string }>(
      `SELECT order_id AS id, CONCAT_WS(' ', COALESCE(product_id, '?'), COALESCE(product_count, '?'), amount, status) AS \`of\`
       FROM payments WHERE order_id IN (?)`,
      orderIds,
    );
    return orderIds.map((orderId) => rows.find(({ id }) => id === orderId)?.of ?? 'none');
  };
  const untilPaymentsAre = (orderIds: readonly string[], expected: readonly string[]) =>
    until(expected.join(', '), async () => (await paymentsOf(...orderIds)).join() === expected.join());
  const parkedFor = async (orderId: string) =>
    (await parkedOf(cluster.databases.pay.pool)).filter(({ correlationId }) => correlationId === orderId);
  const saidBy = async (orderId: string) =>
    (await select<{ type: string }>('SELECT type FROM outbox WHERE correlation_id IN (?) ORDER BY seq', [orderId])).map(
      ({ type }) => type,
    );
  const schemaOf = ({ headers }: IncomingRecord) => String(headers.ce_dataschema);

  it('an older producer and a newer consumer: what is published stays as it was, and is read as the newest', async () => {
    const [withProduct, without] = [newOrder(), newOrder()];
    await sayAsBefore(withProduct, published1);
    await sayAsBefore(without, publishedFirst);
    const pay = await startPay(newPay, kafka.newGroup());
    await untilPaymentsAre([withProduct, without], ['3 2 2200 pending', '? ? 2200 pending']);
    expect(pay.metrics()).toMatchObject({ applied: 2, parked: 0, passedOver: 0 });
    expect(records.map(schemaOf)).toEqual(Array(2).fill('urn:quadrille:event:coupon-applied:1'));
    expect(new Map(records.map(({ key, value }) => [String(key), String(value)]))).toEqual(
      new Map([
        [withProduct, JSON.stringify(published1)],
        [without, JSON.stringify(publishedFirst)],
      ]),
    );
  });

  it('a newer producer and an older consumer: it parks what it cannot read, with the rest of that order, and an upgrade mends it', async () => {
    const [newer, older, strange] = [newOrder(), newOrder(), newOrder()];
    const group = kafka.newGroup();
    const pay = await startPay(oldPay, group);
    await sayAsToday(newer);
    await until('it is parked', async () => (await parkedFor(newer)).length === 1);
    await cancel(newer);
    await until('its cancellation waits behind it', async () => (await parkedFor(newer)).length === 2);
    expect(await parkedFor(newer)).toMatchObject([
      {
        cause:
          'unknown event type or version urn:quadrille:event:coupon-applied:2: this release reads coupon-applied up to version 1; upgrade what runs here, then retry',
        attempts: 1,
      },
      { attempts: 0 },
    ]);

    // A type that nobody knows holds back nothing, not even its own order.
    const unknown = received(strange, {
      type: 'coupon-framed',
      version: 1,
      topic: 'coupon-events',
      publisher: 'coupon',
      data: {},
    });
    await publisher.publish([{ topic: unknown.topic, ...encodeEvent(unknown, encodeData(unknown.data)) }]);
    await sayAsBefore(strange, published1);
    await sayAsBefore(older, published1);
    await untilPaymentsAre([newer, older, strange], ['none', '3 2 2200 pending', '3 2 2200 pending']);
    expect(pay.metrics()).toMatchObject({ applied: 2, parked: 1, waiting: 1, passedOver: 1 });
    expect(await parkedFor(strange)).toEqual([]);

    await pay.stop();
    const storage = mysqlStorage(cluster.databases.pay.pool);
    const trace = { by: 'ann', why: 'pay is upgraded' };
    const upgraded = await startPay(newPay, group);
    expect(await retry({ storage, participant: newPay.participant }, newer, trace)).toEqual({
      released: 2,
      stuck: null,
    });
    expect(await paymentsOf(newer)).toEqual(['3 2 2200 voided']);
    // The other way round it would be a tombstone.
    expect(await saidBy(newer)).toEqual(['payment-created', 'payment-voided']);
    expect(await parkedFor(newer)).toEqual([]);
    const next = newOrder();
    await sayAsToday(next);
    await untilPaymentsAre([next, older], ['3 2 2200 pending', '3 2 2200 pending']);
    expect(upgraded.metrics()).toMatchObject({ applied: 1, parked: 0 });
  });

  it.each([
    ['the outboxes', undefined],
    ['the topic', 'coupon-events'],
  ])('a replay from %s across both versions brings back what pay has lost', async (_what, topic) => {
    const all = [newOrder(), newOrder(), newOrder()] as const;
    const [first, second, third] = all;
    await sayAsBefore(first, publishedFirst);
    await sayAsBefore(second, published1);
    await sayAsToday(third);
    const pay = await startPay(newPay, kafka.newGroup());
    const payments = ['? ? 2200 pending', '3 2 2200 pending', '3 2 2200 pending'];
    await untilPaymentsAre(all, payments);
    expect(new Set(records.map(schemaOf)).size).toBe(2);
    await pay.stop();

    for (const table of ['payments', 'inbox', 'outbox']) await cluster.databases.pay.pool.query(`DELETE FROM ${table}`);
    expect(await paymentsOf(...all)).toEqual(['none', 'none', 'none']);
    const replayed = await replay(
      cluster.cluster,
      { to: 'pay', orderIds: all, topic },
      { who: 'ann', why: 'the database was lost' },
      {
        ...{ rate: 100_000, stopAfter: 1, signal: new AbortController().signal },
        ...{ onResult: () => {}, onProgress: () => {} },
      },
    );
    expect(replayed).toMatchObject({ events: 3, stopped: null, effects: { applies: 3, parks: 0 } });
    expect(await paymentsOf(...all)).toEqual(payments);
  });
});
