import type { Event } from '@quadrille/contracts/event';
import type { Pool } from '@quadrille/db/connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Random, randomFrom } from '../../test/support/random.ts';
import { project } from '../projection/batch.ts';
import { firstIdOf, forget } from '../projection/retention.ts';
import { live } from '../projection/tables.ts';
import { kinds, recordOf, tell } from './scenarios.ts';
import { contents, scratchReadModel } from './scratch.ts';

const noon = Date.parse('2026-05-04T12:00:00.000Z');

let pool: Pool;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ pool, drop } = await scratchReadModel());
});
afterAll(() => drop());
beforeEach(async () => {
  for (const table of ['orders', 'events', 'minutes', 'strays']) await pool.query(`DELETE FROM ${table}`);
});

const take = (events: readonly Event[]) =>
  project(
    pool,
    live,
    events.map((event) => recordOf(event)),
  );

const inBatches = function* (random: Random, events: readonly Event[]) {
  for (let from = 0; from < events.length; ) {
    const size = 1 + random.below(40);
    yield events.slice(from, from + size);
    from += size;
  }
};

describe('the read model', () => {
  it('is the same in whatever order, batches and copies the events come, also from several consumers at once', async () => {
    const events = kinds.flatMap((kind, index) =>
      [1, 2, 3].flatMap((n) => tell(randomFrom(index * 10 + n), kind, noon + index).events),
    );
    await take(events);
    const wanted = await contents(pool);
    expect(wanted.orders).toHaveLength(kinds.length * 3);
    expect(wanted.events).toHaveLength(events.length);
    for (let seed = 1; seed <= 4; seed++) {
      for (const table of ['orders', 'events', 'minutes']) await pool.query(`DELETE FROM ${table}`);
      const random = randomFrom(seed);
      const copies = random.shuffle(events.flatMap((event) => Array<Event>(1 + random.below(3)).fill(event)));
      const batches = [...inBatches(random, copies)];
      while (batches.length > 0) await Promise.all(batches.splice(0, 1 + random.below(3)).map(take));
      expect(await contents(pool)).toEqual(wanted);
    }
  });

  it('learns nothing from what it knows', async () => {
    const { events, orderId } = tell(randomFrom(1), 'placed', noon);
    expect(await take(events)).toEqual({ events: 4, orderIds: [orderId] });
    expect(await take(events)).toEqual({ events: 0, orderIds: [] });
  });

  it('keeps what is no event of ours as a record, once, and goes on', async () => {
    const { events } = tell(randomFrom(2), 'placed', noon);
    const good = events.map((event) => recordOf(event));
    const [first] = good;
    if (!first) throw new Error('no records');
    const foreign = {
      ...first,
      offset: '900',
      headers: {},
      key: null,
      value: Buffer.from('<script>alert(1)</script>'),
    };
    const forged = { ...first, offset: '901', topic: 'payment-events' };
    const huge = { ...first, offset: '902', value: Buffer.alloc(300_000, 'x') };
    const records = [foreign, ...good, forged, huge, foreign];
    await project(pool, live, records);
    await project(pool, live, records);
    const { orders, unrecognized } = await contents(pool);
    expect(orders).toHaveLength(1);
    expect(unrecognized.map(({ offset, cause, size }) => [offset, cause, size])).toEqual([
      [900, 'header ce_specversion is missing', 25],
      [902, 'the value of order-created has 300000 bytes; 262144 are the most', 300_000],
      [901, 'order-created does not belong on topic payment-events', first.value?.length],
    ]);
  });

  it('puts an event aside that the database refuses, alone', async () => {
    const refused = tell(randomFrom(3), 'out of stock', noon).events.map((event) => ({
      ...event,
      data:
        event.type === 'stock-rejected'
          ? { reason: { code: 'ausverkauft-\u00fc', message: 'm', step: 'stock' } }
          : event.data,
    }));
    const others = [4, 5, 6].flatMap((seed) => tell(randomFrom(seed), 'coupon refused', noon).events);
    await take([...others.slice(0, 5), ...refused, ...others.slice(5)]);
    const { orders, events, unrecognized } = await contents(pool);
    expect(unrecognized).toHaveLength(1);
    expect(String(unrecognized[0]?.cause)).toMatch(/^the database refuses it: /);
    expect(events).toHaveLength(others.length + 1);
    expect(orders.map(({ status }) => status).sort()).toEqual(['cancelled', 'cancelled', 'cancelled', 'submitted']);
  });

  it('forgets orders that are over and old, and keeps those that wait', async () => {
    const day = 86_400_000;
    const old = [
      tell(randomFrom(7), 'paid', Date.now() - 40 * day),
      tell(randomFrom(8), 'placed', Date.now() - 40 * day),
    ];
    const young = tell(randomFrom(9), 'paid', Date.now() - 20 * day);
    await take([...old, young].flatMap(({ events }) => events));
    expect(await forget(pool, 30 * day)).toBe(1);
    const { orders, events } = await contents(pool);
    expect(orders.map((row) => row.order_id)).toEqual([old[1]?.orderId, young.orderId]);
    expect(new Set(events.map((row) => row.order_id))).toEqual(new Set([old[1]?.orderId, young.orderId]));
  });
});

describe('the first id of a moment', () => {
  it('is below every id of then and later, and above every earlier one', () => {
    const at = Date.parse('2026-05-04T12:00:00.123Z');
    const random = randomFrom(1);
    const ids = [at - 1, at].map((moment) => tell(random, 'submitted', moment).orderId);
    expect([...ids, firstIdOf(new Date(at))].sort()).toEqual([ids[0], firstIdOf(new Date(at)), ids[1]]);
  });
});
