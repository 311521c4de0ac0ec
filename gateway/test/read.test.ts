import { describe, expect, it } from 'vitest';
import { createHeldCalls } from '../held-calls.ts';
import { gateway, orderId, orderView, paymentId, readProblem } from './fake-orders.ts';

const path = `/api/v1/orders/${orderId}`;
const self = { self: path };
const cancel = { cancel: `${path}/cancel` };
const payment = { paymentId, amount: 100, expiresAt: '2026-08-25T10:30:00.000Z' };

describe('GET /api/v1/orders/{orderId}', () => {
  it.each([
    ['submitted', orderView(), { ...self, ...cancel }, '1'],
    [
      'awaiting-payment',
      orderView({ status: 'awaiting-payment', payment }),
      { ...self, ...cancel, payment: `https://shop.example/pay/${paymentId}` },
      '1',
    ],
    ['cancelling', orderView({ status: 'cancelling', payment, owed: ['stock'] }), self, '1'],
    ['paid', orderView({ status: 'paid', final: true, payment }), self, null],
    ['cancelled', orderView({ status: 'cancelled', final: true }), self, null],
  ])('answers a %s order with its links', async (_status, order, links, retryAfter) => {
    const { app, calls } = gateway({ find: async () => order });
    const response = await app.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    expect(await response.json()).toEqual({ ...order, links });
    expect(calls.find[0]?.[0]).toBe(orderId);
  });

  it.each([
    ['"3"', 304],
    ['W/"3"', 304],
    ['"1", "3"', 304],
    ['*', 304],
    ['"2"', 200],
    ['"33"', 200],
    ['3', 200],
    ['nonsense', 200],
  ])('If-None-Match %s for version 3: %i', async (known, status) => {
    const { app } = gateway({ find: async () => orderView({ version: 3 }) });
    const response = await app.request(path, { headers: { 'if-none-match': known } });
    expect(response.status).toBe(status);
    expect(response.headers.get('etag')).toBe('"3"');
    if (status === 304) expect(await response.text()).toBe('');
  });

  it('takes an id in capitals', async () => {
    const { app, calls } = gateway({ find: async () => orderView() });
    expect((await app.request(path.toUpperCase().replace('/API/V1/ORDERS', '/api/v1/orders'))).status).toBe(200);
    expect(calls.find[0]?.[0]).toBe(orderId);
  });

  it('answers 404 for an unknown order', async () => {
    const problem = await readProblem(await gateway().app.request(path));
    expect(problem).toMatchObject({ status: 404, type: 'application/problem+json' });
  });

  it.each([
    ['short', '/api/v1/orders/7', ['orderId']],
    ['overlong', `/api/v1/orders/${'a'.repeat(5_000)}`, ['orderId']],
    ['with a path in it', '/api/v1/orders/..%2F..%2Fready', ['orderId']],
    ['with a line break', `${path}%0D%0Ax:1`, ['orderId']],
    ['broken percent', '/api/v1/orders/%ff', ['orderId']],
    ['negative wait', `${path}?wait=-1`, ['wait']],
    ['long wait', `${path}?wait=61`, ['wait']],
    ['wait in words', `${path}?wait=long`, ['wait']],
    ['broken wait', `${path}?wait=1.5`, ['wait']],
    ['empty wait', `${path}?wait=`, ['wait']],
    ['wait twice', `${path}?wait=1&wait=2`, ['wait']],
    ['unknown until', `${path}?wait=1&until=doomsday`, ['until']],
    ['unknown parameter', `${path}?timeout=1`, ['timeout']],
    ['__proto__', `${path}?__proto__=1`, ['__proto__']],
  ])('refuses: %s', async (_what, bad, named) => {
    const { app, count } = gateway({ find: async () => orderView() });
    const problem = await readProblem(await app.request(bad));
    expect(problem).toMatchObject({ status: 400, type: 'application/problem+json', fields: named });
    expect(count()).toBe(0);
  });
});

describe('GET /api/v1/orders/{orderId}?wait=', () => {
  it.each([
    ['?wait=20', {}, { wait: 20, until: 'change', version: undefined }],
    ['?wait=60&until=placed', {}, { wait: 60, until: 'placed', version: undefined }],
    ['?wait=5&until=final', { 'if-none-match': '"4"' }, { wait: 5, until: 'final', version: 4 }],
    ['?wait=5', { 'if-none-match': 'W/"4", "6"' }, { wait: 5, until: 'change', version: 6 }],
  ])('%s is held by the order service', async (query, headers, hold) => {
    const { app, calls } = gateway({ wait: async () => orderView({ version: 7 }) });
    expect((await app.request(path + query, { headers })).status).toBe(200);
    expect(calls.wait.map((call) => call[1])).toEqual([hold]);
    expect(calls.find).toEqual([]);
  });

  it('is 304 when nothing moved until the end', async () => {
    const { app } = gateway({ wait: async () => orderView({ version: 4 }) });
    const response = await app.request(`${path}?wait=1`, { headers: { 'if-none-match': '"4"' } });
    expect(response.status).toBe(304);
  });

  it('wait=0 is not held', async () => {
    const { app, calls } = gateway({ find: async () => orderView() });
    expect((await app.request(`${path}?wait=0&until=final`)).status).toBe(200);
    expect(calls.wait).toEqual([]);
  });

  it('is answered with the present state when the process stops', async () => {
    const held = createHeldCalls();
    const holding = Promise.withResolvers<void>();
    const wait = (...[, , , signal]: [string, unknown, unknown, AbortSignal]) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        holding.resolve();
      });
    const { app, calls } = gateway({ wait, find: async () => orderView({ version: 2 }) }, held);
    const response = app.request(`${path}?wait=60`);
    await holding.promise;
    held.release();
    expect((await response).headers.get('etag')).toBe('"2"');
    expect((await app.request(`${path}?wait=60`)).status).toBe(200);
    expect(calls.wait).toHaveLength(1);
  });

  it('is given up when the client leaves', async () => {
    const leaving = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = (...[, , , signal]: [string, unknown, unknown, AbortSignal]) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        signal.addEventListener('abort', () => resolve());
        leaving.abort();
      });
    const { app, calls } = gateway({ wait });
    await app.request(new Request(`http://gateway${path}?wait=60`, { signal: leaving.signal }));
    await promise;
    expect(calls.find).toEqual([]);
  });
});
