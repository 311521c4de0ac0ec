import { randomUUID } from 'node:crypto';
import { events } from '@quadrille/contracts/catalogue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { mixedRun } from '../../test/support/mixed-run.ts';
import { randomFrom } from '../../test/support/random.ts';
import { until } from '../../test/support/until.ts';
import { beginOperation, listOperations, readOperation, requestStop } from '../audit-log.ts';
import type { ReplayResult } from '../replay/effect.ts';
import { type ReplayOptions, replay, resumeReplay } from '../replay/replay.ts';
import { leaseOf } from '../replay/selection.ts';
import { verify } from '../verify/verify.ts';

const publisherOf = new Map(events.map(({ type, publisher }) => [type, publisher]));
const services = ['stock', 'coupon', 'pay', 'order'] as const;
const author = { who: 'somebody', why: 'a test' };
const tables = [
  ['order', 'orders', 'order_id'],
  ['stock', 'reservations', 'order_id'],
  ['stock', 'products', 'product_id'],
  ['coupon', 'coupon_uses', 'order_id'],
  ['coupon', 'coupons', 'coupon_id'],
  ['pay', 'payments', 'order_id'],
  ['pay', 'charges', 'charge_id'],
] as const;

describe('a replay', () => {
  let test: TestCluster;
  beforeAll(async () => {
    test = await startTestCluster();
  });
  afterAll(() => test.drop());

  const options = (change: Partial<ReplayOptions> = {}): ReplayOptions => ({
    ...{ rate: 100_000, stopAfter: 1, signal: new AbortController().signal },
    onResult: () => {},
    onProgress: () => {},
    ...change,
  });
  const everyRow = async (): Promise<unknown> =>
    Promise.all(
      tables.map(async ([service, table, key]) => [
        table,
        (await test.databases[service].pool.query(`SELECT * FROM ${table} ORDER BY ${key}`))[0],
      ]),
    );

  it('of everything to every service, twice, while orders come in, changes no row of a business', async () => {
    await mixedRun(test, randomFrom(3), 60);
    const before = await everyRow();
    const beside = new AbortController();
    const newcomers = (async () => {
      while (!beside.signal.aborted)
        await test.submit(randomUUID(), { userId: 9, productId: 9, productCount: 1, amount: 1, couponId: 0 });
    })();
    try {
      for (let round = 0; round < 2; round++)
        for (const to of services)
          expect(await replay(test.cluster, { to }, author, options())).toMatchObject({
            stopped: null,
            effects: { applies: 0, refuses: 0, parks: 0, queues: 0 },
          });
    } finally {
      beside.abort();
      await newcomers;
    }
    await test.databases.order.pool.query('DELETE FROM orders WHERE user_id = 9');
    await test.databases.order.pool.query(
      "DELETE FROM outbox WHERE type = 'order-created' AND payload LIKE '%\"userId\":9,%'",
    );
    expect(await everyRow()).toEqual(before);
  });

  it('keeps the order of what is said of an order', async () => {
    const told: ReplayResult[] = [];
    await replay(test.cluster, { to: 'order' }, author, options({ onResult: (each) => told.push(each) }));
    const delivered = (orderId: string, publisher: string) =>
      told.filter((each) => each.orderId === orderId && publisherOf.get(each.type) === publisher).map(({ id }) => id);
    let compared = 0;
    for (const publisher of ['stock', 'coupon', 'pay'] as const) {
      const sql = 'SELECT correlation_id AS orderId, id, type FROM outbox ORDER BY seq';
      const [rows] = (await test.databases[publisher].pool.query(sql)) as unknown as [Record<string, string>[]];
      for (const [orderId = '', said] of Map.groupBy(rows, (row) => row.orderId)) {
        expect(delivered(orderId, publisher)).toEqual(said.map(({ id }) => id));
        if (said.length > 1) compared++;
      }
    }
    expect(compared).toBeGreaterThan(30);
    expect(told.map(({ time }) => time)).toEqual(told.map(({ time }) => time).sort());
  });

  it('delivers what was lost to one service, so that its orders come to their end', async () => {
    const orders = await mixedRun(test, randomFrom(4), 30, ({ service, record }) =>
      service === 'coupon' ? null : record,
    );
    const before = await verify(test.cluster, { patience: 0, atRest: true });
    expect(before.counts.stuck).toBeGreaterThan(5);
    const told: ReplayResult[] = [];
    const done = await replay(
      test.cluster,
      { to: 'coupon', orderIds: orders },
      author,
      options({ onResult: (each) => told.push(each) }),
    );
    expect(done.effects.applies).toBeGreaterThan(5);
    expect(told.some(({ effect, because }) => effect === 'refuses' && because?.includes('coupon'))).toBe(true);
    await test.run();
    expect(await verify(test.cluster, { patience: 0, atRest: true })).toMatchObject({ findings: [] });
  });

  it('is chosen by user, reason, type and time', async () => {
    const [mine, others, productId] = [randomUUID(), randomUUID(), 1_900_000_000];
    await test.databases.stock.pool.query('INSERT INTO products VALUES (?, 100, 1, 0, 0)', [productId]);
    const request = { productId, productCount: 1, amount: 100, couponId: 0 };
    await test.submit(mine, { ...request, userId: 555 });
    await test.run();
    await test.submit(others, { ...request, userId: 556 });
    await test.run();
    const [[row]] = (await test.databases.order.pool.query('SELECT time FROM outbox WHERE correlation_id = ?', [
      others,
    ])) as unknown as [[{ time: string }]];
    const chosen = async (selection: Omit<Parameters<typeof replay>[1], 'to'>): Promise<string[]> => {
      const told: ReplayResult[] = [];
      await replay(
        test.cluster,
        { to: 'order', ...selection },
        author,
        options({ onResult: (each) => told.push(each) }),
      );
      return told.map(
        ({ orderId, type }) => `${orderId === mine ? 'mine' : orderId === others ? 'others' : '?'} ${type}`,
      );
    };
    expect(await chosen({ userId: 555 })).toEqual([
      'mine stock-reserved',
      'mine coupon-applied',
      'mine payment-created',
    ]);
    expect(await chosen({ userId: 555, types: ['payment-created'] })).toEqual(['mine payment-created']);
    expect(await chosen({ userId: 556, reason: 'insufficient-stock' })).toEqual(['others stock-rejected']);
    expect(await chosen({ userId: 555, reason: 'insufficient-stock' })).toEqual([]);
    expect((await chosen({ from: row.time })).filter((each) => !each.startsWith('?'))).toEqual([
      'others stock-rejected',
    ]);
    expect(await chosen({ userId: 555, until: row.time, from: '2020-01-01T00:00:00.000Z' })).toHaveLength(3);
  });

  it('that is the same as one under way is refused; another one is not', async () => {
    const auditLog = test.databases.ops.pool;
    const selection = { to: 'stock' } as const;
    const first = await beginOperation(
      auditLog,
      { verb: 'replay', what: selection, lease: leaseOf(selection) },
      author,
    );
    await expect(replay(test.cluster, selection, author, options())).rejects.toThrow(
      `The same runs already: operation ${first.id} of somebody`,
    );
    const other = { ...selection, types: ['order-created'] };
    expect(await replay(test.cluster, other, author, options())).toMatchObject({ stopped: null });
    await first.end('done', null);
    expect(await replay(test.cluster, selection, author, options())).toMatchObject({ stopped: null });
  });

  it('that is interrupted goes on where it was', async () => {
    const stop = new AbortController();
    let events = 0;
    const stopped = await replay(
      test.cluster,
      { to: 'order' },
      author,
      options({
        signal: stop.signal,
        onResult: () => void events++,
        onProgress: () => stop.abort(),
      }),
    );
    expect(stopped.stopped).toBe('it was asked to stop');
    expect(await readOperation(test.databases.ops.pool, stopped.operation)).toMatchObject({
      status: 'stopped',
      verb: 'replay',
      ...author,
    });
    const resumed = await resumeReplay(test.cluster, stopped.operation, { who: 'another', why: 'later' }, options());
    expect(resumed.stopped).toBeNull();
    const whole = await replay(test.cluster, { to: 'order' }, author, options());
    expect(stopped.events + resumed.events).toBe(whole.events);
    expect(events).toBe(stopped.events);
    await expect(resumeReplay(test.cluster, stopped.operation, author, options())).rejects.toThrow(/is done/);
  });

  it('D2: is stopped by somebody else while it runs, says by whom and why, and can be resumed', async () => {
    const told: ReplayResult[] = [];
    const slow = options({ rate: 2, onResult: (each) => told.push(each) });
    const running = replay(test.cluster, { to: 'order' }, author, slow);
    await until('an event', async () => told.length > 0);
    const [operation] = (await listOperations(test.databases.ops.pool, { limit: 1 })).items;
    const id = Number(operation?.id);
    expect(await requestStop(test.databases.ops.pool, id, { who: 'ann', why: 'a slip' })).toBe(true);
    const { operation: same, act: former, ...stopped } = await running;
    expect([same, former, stopped.stopped]).toEqual([id, id, 'stopped by ann: a slip']);
    expect(await readOperation(test.databases.ops.pool, id)).toMatchObject({ status: 'stopped', outcome: stopped });
    const resumed = await resumeReplay(test.cluster, id, author, options());
    const whole = await replay(test.cluster, { to: 'order' }, author, options());
    expect([resumed.stopped, stopped.events + resumed.events >= whole.events]).toEqual([null, true]);
  });

  it('stops by itself at an event that cannot be applied, which is parked; what was before it has taken effect', async () => {
    const orders = await mixedRun(test, randomFrom(5), 20, ({ service, record }) =>
      service === 'stock' ? null : record,
    );
    const [bad = ''] = [...orders].sort().slice(3);
    await test.databases.order.pool.query(
      "UPDATE outbox SET payload = '{' WHERE correlation_id = ? AND type = 'order-created'",
      [bad],
    );
    const told: ReplayResult[] = [];
    const done = await replay(
      test.cluster,
      { to: 'stock', orderIds: orders, types: ['order-created'] },
      author,
      options({ onResult: (each) => told.push(each) }),
    );
    expect(done.stopped).toContain(`order-created of order ${bad} cannot be applied`);
    expect(told.at(-1)).toMatchObject({ orderId: bad, effect: 'parks', because: expect.stringContaining('not JSON') });
    expect(done.effects.parks).toBe(1);
    const [operations] = (await listOperations(test.databases.ops.pool, { limit: 1 })).items;
    expect(operations).toMatchObject({ id: done.operation, status: 'stopped', outcome: { effects: { parks: 1 } } });
    const resumed = await resumeReplay(test.cluster, done.operation, author, options());
    expect(resumed).toMatchObject({ stopped: null, effects: { 'already-parked': 1, parks: 0 } });
  });
});
