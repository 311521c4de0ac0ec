import { randomUUID } from 'node:crypto';
import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import { couponReleased } from '@quadrille/contracts/coupon-events';
import type { Event } from '@quadrille/contracts/event';
import { orderCreated } from '@quadrille/contracts/order-events';
import { stockReserved } from '@quadrille/contracts/stock-events';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import { ensureTopics } from '@quadrille/kafka/topics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { received } from '../../test/support/events.ts';
import { silentLog } from '../../test/support/log.ts';
import { brokers, scratchName } from '../../test/support/scratch.ts';
import { readLive } from '../score/live.ts';
import { score } from '../score/score.ts';

const goods = { userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 0 };

describe('the score, beside the topics of a real broker', () => {
  const kafka = createClient(brokers(), 'test', silentLog());
  let publisher: Publisher;
  beforeAll(async () => {
    await ensureTopics(kafka, topics, { partitions: partitionsPerTopic, replication: 1 });
    publisher = createPublisher((connecting) => createClient(brokers(), 'a foreign producer', silentLog(), connecting));
  });
  afterAll(() => publisher?.close());

  const publish = async (event: Event): Promise<void> => {
    const { key, headers, value } = encodeEvent(event, encodeData(event.data));
    await publisher.publish([{ topic: event.topic, key, headers, value }]);
  };
  // Other tests have left events on the same broker.
  const started = Date.now();
  const look = (most = 1_000_000) =>
    readLive({ kafka, groupPrefix: `${scratchName('score')}-` }, score, { since: started, most });

  it('shows an edge that a foreign producer plants, within five seconds', async () => {
    const orderId = randomUUID();
    const created = received(orderId, orderCreated.of(goods));
    await publish(created);
    await publish({ ...received(orderId, stockReserved.of(goods)), causationId: created.id });
    const before = await look();
    expect(before.edges.find(({ published }) => published === 'stock-reserved')).toMatchObject({ state: 'heard' });
    expect(before.edges.filter(({ state }) => state === 'unknown')).toEqual([]);

    const plantedAt = performance.now();
    await publish({ ...received(orderId, couponReleased.of({ outcome: 'undone' })), causationId: created.id });
    const after = await look();
    expect(after.edges.filter(({ state }) => state === 'unknown')).toMatchObject([
      { received: 'order-created', service: 'coupon', published: 'coupon-released', count: 1 },
    ]);
    expect(performance.now() - plantedAt).toBeLessThan(5_000);
  });

  it('reads no more than it may, the latest, and counts what it cannot read', async () => {
    await publisher.publish([{ topic: 'order-events', key: 'nobody', headers: {}, value: Buffer.from('hello') }]);
    const all = await look();
    expect([all.isCut, all.unreadable > 0]).toEqual([false, true]);
    const some = await look(1);
    expect([some.isCut, some.events <= 1]).toEqual([true, true]);
  });
});
