import { randomUUID } from 'node:crypto';
import { topics } from '@quadrille/contracts/catalogue';
import { encodeData, encodeEvent } from '@quadrille/contracts/cloudevents';
import { couponApplied } from '@quadrille/contracts/coupon-events';
import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import { ensureTopics } from '@quadrille/kafka/topics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { received } from '../../test/support/events.ts';
import { silentLog } from '../../test/support/log.ts';
import { randomFrom } from '../../test/support/random.ts';
import { type ScratchKafka, scratchKafka } from '../../test/support/topics.ts';
import { until } from '../../test/support/until.ts';
import { project } from '../projection/batch.ts';
import { type Projection, startProjection } from '../projection/consumer.ts';
import { keepOld, makeNext, RebuildUnderWay, rebuild } from '../projection/rebuild.ts';
import { live, select } from '../projection/tables.ts';
import { kinds, recordOf, tell } from './scenarios.ts';
import { contents, scratchReadModel } from './scratch.ts';

let pool: Pool;
let drop: () => Promise<void>;
let kafka: ScratchKafka;
let publisher: Publisher;
let projection: Projection;

beforeAll(async () => {
  ({ pool, drop } = await scratchReadModel());
  kafka = scratchKafka();
  await ensureTopics(kafka.kafka, topics, { partitions: 6, replication: 1 });
  publisher = createPublisher(kafka.clientOf);
  projection = await startProjection({
    ...{ pool, kafka: kafka.kafka, topics, group: kafka.newGroup(), log: silentLog() },
    ...{ onLearned: () => {}, onCrash: () => {} },
  });
});
afterAll(async () => {
  await projection.stop();
  await publisher.close();
  await kafka.drop();
  await drop();
});

const publish = async (events: readonly Event[]) => {
  const records = events.map((event) => {
    const { key, headers, value } = encodeEvent(event, encodeData(event.data));
    return { topic: event.topic, key, headers, value };
  });
  for (let from = 0; from < records.length; from += 2_000) await publisher.publish(records.slice(from, from + 2_000));
};

const random = randomFrom(Date.now());
const someEvents = (orders: number) =>
  Array.from({ length: orders }, () => tell(random, random.pick(kinds), Date.now() - 60_000).events).flat();

/** The topics of a server that several tests share hold the events of others as well. */
const knows = (events: readonly Event[]) => {
  const ids = [...new Set(events.map(({ correlationId }) => correlationId))];
  const known = 'SELECT COUNT(*) AS known FROM events WHERE order_id IN (?)';
  const look = async () => (await select<{ known: number }>(pool, known, [ids]))[0]?.known === events.length;
  return until('the read model knows all of them', look, 120_000);
};

describe('the read model', () => {
  it('made anew from 20,000 events equals the one it replaces, and misses nothing that comes meanwhile', {
    timeout: 300_000,
  }, async () => {
    const events = someEvents(4_500);
    expect(events.length).toBeGreaterThan(20_000);
    await publish(events);
    await publisher.publish([{ topic: 'order-events', key: 'foreign', headers: {}, value: Buffer.from('nonsense') }]);
    await knows(events);
    const before = await contents(pool);

    const meanwhile = someEvents(60);
    const phases = new Set<string>();
    let publishing: Promise<void> | null = null;
    const rebuilt = await rebuild({
      ...{ pool, ...kafka.visitor, topics },
      onProgress: ({ phase }) => {
        phases.add(phase);
        publishing ??= publish(meanwhile);
      },
    });
    await publishing;
    await knows(meanwhile);

    expect([...phases]).toEqual(['reading', 'keeping', 'swapping']);
    expect(rebuilt.records).toBeGreaterThan(20_000);
    const after = await contents(pool);
    const isOld = ({ order_id: id }: Record<string, unknown>) => before.orders.some((row) => row.order_id === id);
    const ids = new Set(before.orders.map((row) => row.order_id));
    expect(after.orders.filter(({ order_id: id }) => ids.has(id))).toEqual(before.orders);
    expect(after.events.filter(({ order_id: id }) => ids.has(id))).toEqual(before.events);
    expect(after.unrecognized).toEqual(expect.arrayContaining(before.unrecognized));
    expect(after.orders.filter((row) => !isOld(row)).length).toBeGreaterThanOrEqual(60);

    // Once more, with nothing new: all of it is the same, the counts by minute as well.
    await rebuild({ pool, ...kafka.visitor, topics });
    const again = await contents(pool);
    expect(again.minutes).toEqual(after.minutes);
    expect(again).toEqual(after);
    expect(await select(pool, "SHOW TABLES LIKE '%\\_next'")).toEqual([]);
    expect(await select(pool, "SHOW TABLES LIKE '%\\_old'")).toEqual([]);
  });

  it('is made anew by one at a time', async () => {
    const one = rebuild({ pool, ...kafka.visitor, topics });
    const other = rebuild({ pool, ...kafka.visitor, topics });
    const results = await Promise.allSettled([one, other]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')?.reason).toBeInstanceOf(RebuildUnderWay);
  });

  it('stays as it was when the making is given up, and can be made after that', async () => {
    const before = await contents(pool);
    const giveUp = new AbortController();
    const rebuilding = rebuild({
      ...{ pool, ...kafka.visitor, topics, signal: giveUp.signal },
      onProgress: () => giveUp.abort(new Error('given up')),
    });
    await expect(rebuilding).rejects.toThrow('given up');
    expect(await contents(pool)).toEqual(before);
    await rebuild({ pool, ...kafka.visitor, topics });
    expect((await contents(pool)).orders).toEqual(before.orders);
  });
});

describe('events that the topics have lost by age', () => {
  it('are taken over from the old tables, and only they', async () => {
    const { pool: own, drop: dropOwn } = await scratchReadModel();
    const events = someEvents(800);
    const records = events.map((event, offset) => recordOf(event, offset));
    await project(own, live, records);
    await makeNext(own);
    const ranges = topics.flatMap((topic) =>
      [0, 1, 2, 3, 4].map((partition) => ({ topic, partition, from: partition === 4 ? 0n : 1_500n, to: 100_000n })),
    );
    const lost = records.filter(({ partition, offset }) => partition < 4 && Number(offset) < 1_500);
    expect(await keepOld(own, ranges)).toBe(lost.length);
    const kept = await select<{ offset: number }>(own, 'SELECT `offset` FROM events_next ORDER BY `offset`');
    expect(kept.map(({ offset }) => offset)).toEqual(lost.map(({ offset }) => Number(offset)));
    const bytes = (suffix: string) =>
      select(
        own,
        `SELECT event_id, payload, traceparent, time, causation_id FROM events${suffix} WHERE \`offset\` < 1500 AND \`partition\` < 4 ORDER BY event_id`,
      );
    expect(await bytes('_next')).toEqual(await bytes(''));
    await dropOwn();
  });

  it('R34: keep the version in which they were published, and are read as the newest', async () => {
    const { pool: own, drop: dropOwn } = await scratchReadModel();
    const older = { userId: 1, couponId: 1, amount: 1_100, discount: 1_000 };
    const event = received(randomUUID(), couponApplied.of({ ...older, productId: null, productCount: null }));
    await project(own, live, [recordOf({ ...event, version: 1, data: older })]);
    await makeNext(own);
    const range = { topic: event.topic, from: 10n, to: 20n };
    expect(
      await keepOld(
        own,
        [0, 1, 2, 3, 4, 5].map((partition) => ({ ...range, partition })),
      ),
    ).toBe(1);
    for (const suffix of ['', '_next']) {
      const [row] = await select<{ version: number; payload: Buffer; discount: number }>(
        own,
        `SELECT version, payload, discount FROM events${suffix} JOIN orders${suffix} USING (order_id)`,
      );
      expect({ ...row, payload: String(row?.payload) }).toEqual({
        ...{ version: 1, discount: 1_000 },
        payload: JSON.stringify(older),
      });
      expect(await select(own, `SELECT * FROM strays${suffix}`)).toEqual([]);
    }
    await dropOwn();
  });
});
