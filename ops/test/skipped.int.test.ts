import { randomUUID } from 'node:crypto';
import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import { mysqlStorage } from '@quadrille/db/storage';
import { createClient } from '@quadrille/kafka/client';
import { startConsumer } from '@quadrille/kafka/consumer';
import { groupOf } from '@quadrille/kafka/groups';
import { type PartitionRange, readCommittedOffsets, readRanges } from '@quadrille/kafka/offsets';
import type { Publisher } from '@quadrille/kafka/producer';
import { ensureTopics } from '@quadrille/kafka/topics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { silentLog } from '../../test/support/log.ts';
import { drained, startRelay } from '../../test/support/relays.ts';
import { until } from '../../test/support/until.ts';
import { describeLag } from '../cli/lag.ts';
import { lag } from '../lag.ts';
import { findMissed, reconcile } from '../reconcile.ts';
import { select } from '../select.ts';

const hour = 3_600_000;
const topic = 'order-events';
const silent = { since: null, onMissed: () => {}, onProgress: () => {} };

describe('a topic that was deleted and made again', () => {
  let test: TestCluster;
  let publisher: Publisher;
  const setUp = () => ensureTopics(test.cluster.kafka, topics, { partitions: partitionsPerTopic, replication: 1 });
  beforeAll(async () => {
    test = await startTestCluster();
    publisher = test.cluster.publisher();
    await setUp();
  });
  afterAll(async () => {
    await publisher?.close();
    await test?.drop();
  });

  const withAdmin = async <Result>(
    work: (admin: ReturnType<TestCluster['cluster']['kafka']['admin']>) => Promise<Result>,
  ): Promise<Result> => {
    const admin = test.cluster.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const order = async (count: number) => {
    for (let index = 0; index < count; index++)
      await test.submit(randomUUID(), { userId: 1, productId: 9, productCount: 1, amount: 1, couponId: 0 });
    const relay = startRelay(test.databases.order.pool, publisher);
    await drained(test.databases.order);
    await relay.stop();
  };
  const group = () => groupOf(test.cluster.groupPrefix, 'stock');
  const startStock = () =>
    startConsumer(createClient(test.cluster.brokers, 'stock', silentLog()), {
      ...{ groupId: group(), topics: [topic], log: silentLog(), onCrash: () => {} },
      handle: async (records) =>
        void (await test.cluster.handles.stock.take(mysqlStorage(test.databases.stock.pool), records)),
    });
  /** What a member does that has not noticed that its topic is another one: it goes on at the offsets that it had reached. */
  const commit = async (ends: readonly PartitionRange[]) => {
    const consumer = test.cluster.kafka.consumer({ groupId: group() });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    consumer.pause([{ topic }]);
    await consumer.commitOffsets(ends.map(({ partition, to }) => ({ topic, partition, offset: String(to) })));
    await consumer.disconnect();
  };
  const ofStock = async () => (await lag(test.cluster, hour)).services.find(({ service }) => service === 'stock');
  const unreceived = async () => {
    const made = await select<{ id: string }>(test.databases.order.pool, 'SELECT id FROM outbox');
    const taken = await select<{ id: string }>(test.databases.stock.pool, 'SELECT event_id AS id FROM inbox');
    return made.filter(({ id }) => !taken.some((each) => each.id === id)).length;
  };

  it('A5: its skipped events are told by lag and by reconcile, which brings them back', async () => {
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
    await until('the old one is gone', async () => !(await withAdmin((admin) => admin.listTopics())).includes(topic));
    await setUp();
    await order(12);
    const stock = await startStock();
    await until('the first ones processed', async () => (await unreceived()) === 0);
    await stock.stop();
    const reached = await readRanges(test.cluster.kafka, [topic]);
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
    await until('gone again', async () => !(await withAdmin((admin) => admin.listTopics())).includes(topic));
    // With the topic Kafka forgets, a little later, what the group has committed of it.
    await until(
      'its offsets forgotten',
      async () => (await readCommittedOffsets(test.cluster.kafka, group())).size === 0,
    );
    await setUp();
    await order(60);
    await commit(reached);
    const again = await startStock();
    const skipped = await until('all processed that is delivered', async () => {
      // The other topics that stock subscribes to hold what other tests have left there.
      const ofTopic = (await ofStock())?.consumer.topics.find((each) => each.topic === topic);
      const isDone = ofTopic?.records === 0 && ofTopic.partitions.every(({ trouble }) => !trouble);
      return isDone && (await unreceived());
    });
    expect(skipped).toBeGreaterThan(0);

    const found = await lag(test.cluster, hour);
    expect(found.services.find(({ service }) => service === 'stock')?.unreceived).toEqual({ skipped, late: 0 });
    expect(found.problems).toContainEqual({
      service: 'stock',
      what: expect.stringMatching(new RegExp(`^${skipped} recent events? skipped: .*reconcile --dry-run$`)),
    });
    expect(describeLag(found)).toContain(`${skipped} skipped`);
    expect(await findMissed(test.cluster, silent)).toMatchObject({
      order: { compared: 72, missing: 12, taken: 12, skipped },
    });
    expect(await unreceived()).toBe(skipped);

    const mended = await reconcile(test.cluster, { who: 'somebody', why: 'a topic was made again' }, silent);
    expect(mended.order).toMatchObject({ skipped, republished: skipped });
    await until('all processed', async () => (await unreceived()) === 0);
    await until('lag agrees', async () => (await ofStock())?.unreceived.skipped === 0);
    expect(await findMissed(test.cluster, silent)).toMatchObject({ order: { skipped: 0, republished: 0 } });
    await again.stop();
  });
});
