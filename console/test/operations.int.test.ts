import { randomUUID } from 'node:crypto';
import { beginAct, listActs, readAct } from '@quadrille/ops/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSite, type TestSite } from '../../test/support/site.ts';
import { until } from '../../test/support/until.ts';
import { as, consoleWith, loginAccess } from './app.ts';

const access = await loginAccess();
const operator = as(access, 'operator');
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

let test: TestSite;
let door: Awaited<ReturnType<typeof consoleWith>>;
let orderId: string;
beforeAll(async () => {
  test = await startTestSite();
  door = await consoleWith(access, { site: test.site });
  // Coupon cannot read that the goods are reserved.
  orderId = randomUUID();
  await test.databases.stock.pool.query('INSERT INTO products VALUES (7, 100, 10, 0, 0)');
  await test.submit(orderId, { userId: 1, productId: 7, productCount: 1, amount: 100, couponId: 0 });
  await test.run(({ service, record }) => (service === 'coupon' ? { ...record, value: Buffer.from('{}') } : record));
});
afterAll(() => test.drop());

const post = (path: string, body: object) =>
  door.app.request(path, { method: 'POST', headers: { ...operator, ...json }, body: JSON.stringify(body) });
const send = (path: string, fields: Record<string, string>) => {
  const { cookie = '', 'x-csrf-token': token = '' } = operator;
  return door.app.request(path, {
    method: 'POST',
    headers: { cookie, ...form },
    body: new URLSearchParams({ token, ...fields }).toString(),
  });
};
const text = async (path: string) => (await door.app.request(path, { headers: operator })).text();
const acts = () => listActs(test.databases.ops.pool, { limit: 50 });

describe('D2: an empty choice', () => {
  it.each([
    ['/api/v1/replay', { to: 'stock', why: 'a test' }],
    ['/api/v1/replay', { to: 'stock', why: 'a test', order: '', type: '', from: '' }],
    ['/api/v1/parked/release', { why: 'a test' }],
    ['/api/v1/parked/release', { why: 'a test', cause: '  ' }],
  ])('POST %s with %j does nothing, and says what it takes', async (path, body) => {
    const before = await acts();
    const response = await post(path, body);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ errors: [{ field: 'all', message: expect.stringContaining('must be true') }] }),
    ]);
    expect(await acts()).toEqual(before);
    expect((await post(path, { ...body, all: false })).status).toBe(400);
  });

  it('is none of a form without script either, and none is looked ahead for', async () => {
    const before = await acts();
    expect((await send('/parked/release', { why: 'a test' })).status).toBe(400);
    expect((await send('/replay', { to: 'stock', why: 'a test' })).status).toBe(400);
    expect((await door.app.request('/replay?to=stock', { headers: operator })).status).toBe(400);
    expect((await door.app.request('/api/v1/replay?to=stock', { headers: operator })).status).toBe(400);
    expect(await acts()).toEqual(before);
  });

  it('with "all" is all of them, in a form by a box that must be ticked', async () => {
    expect(await text('/parked')).toContain('name="all" value="true" required');
    expect(await text('/parked?service=coupon')).not.toContain('name="all"');
    expect((await send('/parked/release', { why: 'a test', all: 'true' })).headers.get('location')).toBe('/parked');
    const [release] = await acts();
    expect(release).toMatchObject({ verb: 'parked release', what: {}, outcome: { stuck: 1 } });
    expect((await post('/api/v1/replay', { to: 'order', why: 'a test', all: true })).status).toBe(200);
    expect(await text('/replay?to=order&all=true')).toContain('name="all" value="true">');
  });
});

it('D2: a release that fails stops as early as that of the command line, and is "stopped" in the ledger', async () => {
  const done = await post('/api/v1/parked/release', { service: 'coupon', why: 'a test' });
  expect(await done.json()).toMatchObject({ stuck: 1, stopped: expect.stringContaining('stays stuck in coupon') });
  expect((await acts())[0]).toMatchObject({ status: 'stopped' });
});

describe('D2: an act that runs', () => {
  const begin = async (lease: string) =>
    beginAct(test.databases.ops.pool, { verb: 'replay', what: { to: 'pay' }, lease }, { who: 'cli', why: 'a test' });

  it('is stopped by the API, wherever it runs', async () => {
    const running = await begin('api');
    const response = await post(`/api/v1/acts/${running.id}/stop`, { why: 'the wrong service' });
    expect([response.status, await response.json()]).toEqual([200, { stopping: running.id }]);
    await until('its end', async () => running.signal.aborted);
    expect((running.signal.reason as Error).message).toBe('stopped by ann: the wrong service');
    await running.end('stopped', { stopped: (running.signal.reason as Error).message });
    expect(await readAct(test.databases.ops.pool, running.id)).toMatchObject({ status: 'stopped' });
    const again = await post(`/api/v1/acts/${running.id}/stop`, { why: 'once more' });
    expect([again.status, await again.json()]).toMatchObject([409, { detail: expect.stringContaining('is stopped') }]);
  });

  it('has a button on the page, which works without script', async () => {
    const running = await begin('page');
    expect(await text('/acts')).toContain(`action="/acts/${running.id}/stop"`);
    const reader = as(access, 'reader');
    const seen = await (await door.app.request('/acts', { headers: reader })).text();
    expect(seen).not.toContain('/stop"');
    expect((await send(`/acts/${running.id}/stop`, {})).status).toBe(400);
    expect((await send(`/acts/${running.id}/stop`, { why: 'a slip' })).headers.get('location')).toBe('/acts');
    await until('its end', async () => running.signal.aborted);
    await running.end('stopped', null);
    expect(await text('/acts')).not.toContain(`action="/acts/${running.id}/stop"`);
  });

  it('that a page has begun goes on when it takes long, and is stopped as well', async () => {
    const blocker = await test.databases.stock.pool.getConnection();
    await blocker.query('LOCK TABLES inbox WRITE');
    let id = 0;
    try {
      const response = await post('/api/v1/replay', { to: 'stock', why: 'blocked', all: true });
      expect([response.status, await response.json()]).toEqual([200, null]);
      const [running] = await acts();
      expect(running).toMatchObject({ status: 'running', why: 'blocked' });
      id = Number(running?.id);
      const twice = await post('/api/v1/replay', { to: 'stock', why: 'the same', all: true });
      expect([twice.status, await twice.json()]).toMatchObject([
        409,
        { detail: expect.stringContaining('runs already') },
      ]);
      expect((await post(`/api/v1/acts/${id}/stop`, { why: 'enough' })).status).toBe(200);
    } finally {
      await blocker.query('UNLOCK TABLES');
      blocker.release();
    }
    await until('its end', async () => (await readAct(test.databases.ops.pool, id))?.status !== 'running');
  });

  it('and one that there is not are told apart', async () => {
    expect((await post('/api/v1/acts/999999/stop', { why: 'a test' })).status).toBe(404);
    expect((await post('/api/v1/acts/0/stop', { why: 'a test' })).status).toBe(400);
  });
});

describe('E1: a parked event that there is not', () => {
  it.each(['/api/v1/parked/coupon/999999', '/parked/coupon/999999'])('%s is 404', async (path) => {
    expect((await door.app.request(path, { headers: operator })).status).toBe(404);
  });

  it.each(['discard', 'edit'])('to %s is 404', async (act) => {
    const body = { why: 'a test', ...(act === 'edit' && { payload: '{}' }) };
    expect((await post(`/api/v1/parked/coupon/999999/${act}`, body)).status).toBe(404);
  });
});
