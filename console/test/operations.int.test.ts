import { randomUUID } from 'node:crypto';
import { beginOperation, listOperations, readOperation } from '@quadrille/ops/audit-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { as, consoleWith, loginAccess } from './app.ts';

const access = await loginAccess();
const operator = as(access, 'operator');
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

let test: TestCluster;
let console: Awaited<ReturnType<typeof consoleWith>>;
let orderId: string;
beforeAll(async () => {
  test = await startTestCluster();
  console = await consoleWith(access, { cluster: test.cluster });
  // Coupon cannot read that the goods are reserved.
  orderId = randomUUID();
  await test.databases.stock.pool.query('INSERT INTO products VALUES (7, 100, 10, 0, 0)');
  await test.submit(orderId, { userId: 1, productId: 7, productCount: 1, amount: 100, couponId: 0 });
  await test.run(({ service, record }) => (service === 'coupon' ? { ...record, value: Buffer.from('{}') } : record));
});
afterAll(() => test.drop());

const post = (path: string, body: object) =>
  console.app.request(path, { method: 'POST', headers: { ...operator, ...json }, body: JSON.stringify(body) });
const send = (path: string, fields: Record<string, string>) => {
  const { cookie = '', 'x-csrf-token': token = '' } = operator;
  return console.app.request(path, {
    method: 'POST',
    headers: { cookie, ...form },
    body: new URLSearchParams({ token, ...fields }).toString(),
  });
};
const text = async (path: string) => (await console.app.request(path, { headers: operator })).text();
const operations = async () => (await listOperations(test.databases.ops.pool, { limit: 50 })).items;

describe('D2: an empty choice', () => {
  it.each([
    ['/api/v1/replay', { to: 'stock', why: 'a test' }],
    ['/api/v1/replay', { to: 'stock', why: 'a test', order: '', type: '', from: '' }],
    ['/api/v1/parked/retry', { why: 'a test' }],
    ['/api/v1/parked/retry', { why: 'a test', cause: '  ' }],
  ])('POST %s with %j does nothing, and says what it takes', async (path, body) => {
    const before = await operations();
    const response = await post(path, body);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ errors: [{ field: 'all', message: expect.stringContaining('must be true') }] }),
    ]);
    expect(await operations()).toEqual(before);
    expect((await post(path, { ...body, all: false })).status).toBe(400);
  });

  it('is none of a form without script either, and none is looked ahead for', async () => {
    const before = await operations();
    expect((await send('/parked/retry', { why: 'a test' })).status).toBe(400);
    expect((await send('/replay', { to: 'stock', why: 'a test' })).status).toBe(400);
    expect((await console.app.request('/replay?to=stock', { headers: operator })).status).toBe(400);
    expect((await console.app.request('/api/v1/replay?to=stock', { headers: operator })).status).toBe(400);
    expect(await operations()).toEqual(before);
  });

  it('with "all" is all of them, in a form by a box that must be ticked', async () => {
    expect(await text('/parked')).toContain('name="all" value="true" required');
    expect(await text('/parked?service=coupon')).not.toContain('name="all"');
    expect((await send('/parked/retry', { why: 'a test', all: 'true' })).headers.get('location')).toBe('/parked');
    const [release] = await operations();
    expect(release).toMatchObject({ verb: 'parked retry', what: {}, outcome: { stuck: 1 } });
    expect((await post('/api/v1/replay', { to: 'order', why: 'a test', all: true })).status).toBe(200);
    expect(await text('/replay?to=order&all=true')).toContain('name="all" value="true">');
  });
});

it('D2: a release that fails stops as early as that of the command line, and is "stopped" in the audit log', async () => {
  const done = await post('/api/v1/parked/retry', { service: 'coupon', why: 'a test' });
  expect(await done.json()).toMatchObject({ stuck: 1, stopped: expect.stringContaining('stays stuck in coupon') });
  expect((await operations())[0]).toMatchObject({ status: 'stopped' });
});

describe('D2: an operation that runs', () => {
  const begin = async (lease: string) =>
    beginOperation(
      test.databases.ops.pool,
      { verb: 'replay', what: { to: 'pay' }, lease },
      { who: 'cli', why: 'a test' },
    );

  it('is stopped by the API, wherever it runs', async () => {
    const running = await begin('api');
    const response = await post(`/api/v1/operations/${running.id}/stop`, { why: 'the wrong service' });
    expect([response.status, await response.json()]).toEqual([200, { stopping: running.id }]);
    await until('its end', async () => running.signal.aborted);
    expect((running.signal.reason as Error).message).toBe('stopped by ann: the wrong service');
    await running.end('stopped', { stopped: (running.signal.reason as Error).message });
    expect(await readOperation(test.databases.ops.pool, running.id)).toMatchObject({ status: 'stopped' });
    const again = await post(`/api/v1/operations/${running.id}/stop`, { why: 'once more' });
    expect([again.status, await again.json()]).toMatchObject([409, { detail: expect.stringContaining('is stopped') }]);
  });

  it('has a button on the page, which works without script', async () => {
    const running = await begin('page');
    expect(await text('/audit-log')).toContain(`action="/operations/${running.id}/stop"`);
    const reader = as(access, 'reader');
    const seen = await (await console.app.request('/audit-log', { headers: reader })).text();
    expect(seen).not.toContain('/stop"');
    expect((await send(`/operations/${running.id}/stop`, {})).status).toBe(400);
    expect((await send(`/operations/${running.id}/stop`, { why: 'a slip' })).headers.get('location')).toBe(
      '/audit-log',
    );
    await until('its end', async () => running.signal.aborted);
    await running.end('stopped', null);
    expect(await text('/audit-log')).not.toContain(`action="/operations/${running.id}/stop"`);
  });

  it('that a page has begun goes on when it takes long, and is stopped as well', async () => {
    const blocker = await test.databases.stock.pool.getConnection();
    await blocker.query('LOCK TABLES inbox WRITE');
    let id = 0;
    try {
      const response = await post('/api/v1/replay', { to: 'stock', why: 'blocked', all: true });
      expect([response.status, await response.json()]).toEqual([200, null]);
      const [running] = await operations();
      expect(running).toMatchObject({ status: 'running', why: 'blocked' });
      id = Number(running?.id);
      const twice = await post('/api/v1/replay', { to: 'stock', why: 'the same', all: true });
      expect([twice.status, await twice.json()]).toMatchObject([
        409,
        { detail: expect.stringContaining('runs already') },
      ]);
      expect((await post(`/api/v1/operations/${id}/stop`, { why: 'enough' })).status).toBe(200);
    } finally {
      await blocker.query('UNLOCK TABLES');
      blocker.release();
    }
    await until('its end', async () => (await readOperation(test.databases.ops.pool, id))?.status !== 'running');
  });

  it('is listed page by page, on the page and by the API', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 60; n++) {
      const { id, end } = await begin(`page ${n}`);
      await end('done', null);
      ids.unshift(id);
    }
    const list = async (query: string) =>
      (await (await console.app.request(`/api/v1/operations${query}`, { headers: operator })).json()) as {
        operations: { id: number }[];
        next: number | null;
      };
    const first = await list('');
    const second = await list(`?before=${first.next}`);
    expect([...first.operations, ...second.operations].slice(0, 60).map(({ id }) => id)).toEqual(ids);
    expect(await text('/audit-log')).toContain(`href="/audit-log?before=${first.next}"`);
    expect(await text(`/audit-log?before=${first.next}`)).toContain(`id="a-${second.operations[0]?.id}"`);
  });

  it('and one that there is not are told apart', async () => {
    expect((await post('/api/v1/operations/999999/stop', { why: 'a test' })).status).toBe(404);
    expect((await post('/api/v1/operations/0/stop', { why: 'a test' })).status).toBe(400);
  });
});

describe('E1: a parked event that there is not', () => {
  it.each(['/api/v1/parked/coupon/999999', '/parked/coupon/999999'])('%s is 404', async (path) => {
    expect((await console.app.request(path, { headers: operator })).status).toBe(404);
  });

  it.each(['discard', 'edit'])('to %s is 404', async (operation) => {
    const body = { why: 'a test', ...(operation === 'edit' && { payload: '{}' }) };
    expect((await post(`/api/v1/parked/coupon/999999/${operation}`, body)).status).toBe(404);
  });
});
