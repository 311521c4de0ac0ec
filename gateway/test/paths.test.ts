import { describe, expect, it } from 'vitest';
import { gateway, orderId, orderView, readProblem } from './fake-orders.ts';

describe('paths and methods', () => {
  it.each([
    ['PUT', '/api/v1/orders', 'GET, HEAD, POST'],
    ['OPTIONS', '/api/v1/orders', 'GET, HEAD, POST'],
    ['DELETE', `/api/v1/orders/${orderId}`, 'GET, HEAD'],
    ['POST', `/api/v1/orders/${orderId}`, 'GET, HEAD'],
    ['GET', `/api/v1/orders/${orderId}/cancel`, 'POST'],
    ['GET', '/api/v1/submit', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['BREW', '/ready', 'GET, HEAD'],
  ])('%s %s is 405, allowed: %s', async (method, path, allow) => {
    const { app, count } = gateway();
    const response = await app.request(path, { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await readProblem(response)).toMatchObject({ status: 405, type: 'application/problem+json' });
    expect(count()).toBe(0);
  });

  it.each(['/api', '/api/v1/order', '/api/v1/orders/', `/api/v1/orders/${orderId}/x`, '/apis/swagger/package.json'])(
    'GET %s is 404',
    async (path) => {
      const problem = await readProblem(await gateway().app.request(path));
      expect(problem).toMatchObject({ status: 404, type: 'application/problem+json' });
    },
  );

  it('HEAD is GET without the body', async () => {
    const { app } = gateway({ find: async () => orderView() });
    const response = await app.request(`/api/v1/orders/${orderId}`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(await response.text()).toBe('');
  });
});

describe('health', () => {
  it('/health needs no order service', async () => {
    const { app, count } = gateway({ isReady: async () => false });
    expect(await (await app.request('/health')).json()).toEqual({ status: 'ok' });
    expect(count()).toBe(0);
  });

  it('/ready is 200 when the order service is', async () => {
    expect((await gateway().app.request('/ready')).status).toBe(200);
  });

  it('/ready is 503 when the order service is away', async () => {
    const response = await gateway({ isReady: async () => false }).app.request('/ready');
    expect(await readProblem(response)).toMatchObject({ status: 503, type: 'application/problem+json' });
  });
});

describe('security headers', () => {
  it.each([
    '/health',
    '/nothing',
    `/api/v1/orders/${orderId}`,
    '/api/v1/orders/7',
    '/apis/swagger/index.html',
    '/',
    '/shop/main.js',
  ])('%s', async (path) => {
    const { app } = gateway({ find: async () => orderView() });
    const headers = Object.fromEntries(
      (await app.request(path, { headers: { origin: 'https://evil.example' } })).headers,
    );
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(Object.keys(headers)).not.toContain('x-powered-by');
    expect(Object.keys(headers)).not.toContain('access-control-allow-origin');
  });
});
