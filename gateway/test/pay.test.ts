import { describe, expect, it } from 'vitest';
import type { Upstream, UpstreamRequest } from '../upstream.ts';
import { awayUpstream, gateway, paymentId, readProblem } from './fake-orders.ts';

/** A pay service that answers everything the same way and writes down what it was asked. */
const fakePay = (status = 200, headers: Record<string, string> = { 'content-type': 'text/html' }, body = 'a page') => {
  const requests: UpstreamRequest[] = [];
  const pay: Upstream = {
    ...awayUpstream,
    send: async (request) => {
      requests.push(request);
      return { status, headers, body: Buffer.from(body) };
    },
  };
  return { ...gateway({}, undefined, { pay }), requests };
};

const form = (headers: Record<string, string> = {}, host = 'shop.example'): RequestInit => ({
  method: 'POST',
  body: 'action=pay&choice=slow',
  headers: { host, 'content-type': 'application/x-www-form-urlencoded', ...headers },
});

describe('the payment page', () => {
  it('is what the pay service makes of it, with the headers that protect it', async () => {
    const made = { 'content-type': 'text/html', 'content-security-policy': "default-src 'none'", server: 'secret' };
    const { app, requests } = fakePay(404, made);
    const response = await app.request(`/pay/${paymentId}`, { headers: { cookie: 'a=b', accept: 'text/html' } });
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('a page');
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
    expect(response.headers.has('server')).toBe(false);
    expect(requests).toMatchObject([{ method: 'GET', path: `/pay/${paymentId}` }]);
    expect(Object.keys(requests[0]?.headers ?? {}).sort()).toEqual(['accept', 'caller-kind', 'traceparent']);
  });

  it.each(['7', 'x'.repeat(500), '%2e%2e%2fhealth', '%ff', 'a%3Fb', '%0d%0aX-Evil:%201'])(
    'asks the pay service about /pay/%s and about nothing else',
    async (id) => {
      const { app, requests } = fakePay(404);
      expect((await app.request(`/pay/${id}`)).status).toBe(404);
      expect(requests[0]?.path).toMatch(/^\/pay\/[\w.%!~*'()-]+$/);
    },
  );

  it('is a page that tries again when the pay service is away', async () => {
    const response = await gateway().app.request(`/pay/${paymentId}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('refresh')).toBe('3');
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await response.text()).toContain('Nothing is lost');
  });
});

describe('its form', () => {
  it('goes to the pay service as it is, and back to the page', async () => {
    const { app, requests } = fakePay(303, { location: `/pay/${paymentId}` }, '');
    const response = await app.request(`/pay/${paymentId}`, form({ 'sec-fetch-site': 'same-origin' }));
    expect([response.status, response.headers.get('location')]).toEqual([303, `/pay/${paymentId}`]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'POST', path: `/pay/${paymentId}` });
    expect(Buffer.from(requests[0]?.body ?? '').toString()).toBe('action=pay&choice=slow');
  });

  it.each(['/pay/0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b11', '/api/v1/payments/webhook'])(
    'E2: a packed body to %s is 415 before pay sees it',
    async (path) => {
      const { app, requests } = fakePay();
      const response = await app.request(path, form({ 'content-encoding': 'gzip' }));
      expect(response.headers.get('accept-encoding')).toBe('identity');
      expect(await readProblem(response)).toMatchObject({ status: 415, type: 'application/problem+json' });
      expect(requests).toEqual([]);
    },
  );

  it.each<[from: string, headers: Record<string, string>, host?: string]>([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['another site that claims our origin', { 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['another site, by an old browser', { origin: 'https://evil.example' }],
    ['a frame without an origin, by an old browser', { origin: 'null' }],
    ['another port', { origin: 'http://shop.example:8081' }],
  ])('is refused when it comes from %s', async (_from, headers) => {
    const { app, requests } = fakePay();
    const problem = await readProblem(await app.request(`/pay/${paymentId}`, form(headers)));
    expect(problem).toMatchObject({ status: 403, type: 'application/problem+json' });
    expect(requests).toEqual([]);
  });

  it.each<[from: string, headers: Record<string, string>, host?: string]>([
    ['the page', { 'sec-fetch-site': 'same-origin', origin: 'https://shop.example' }],
    ['a person who typed it', { 'sec-fetch-site': 'none' }],
    ['the page, by an old browser', { origin: 'https://shop.example' }],
    ['the page at another address of ours', { origin: 'http://127.0.0.1:8080' }, '127.0.0.1:8080'],
    ['a script', {}],
  ])('is taken from %s', async (_from, headers, host) => {
    const { app, requests } = fakePay(303, { location: '/' }, '');
    expect((await app.request(`/pay/${paymentId}`, form(headers, host))).status).toBe(303);
    expect(requests).toHaveLength(1);
  });

  it('is a 503 when the pay service is away', async () => {
    const problem = await readProblem(await gateway().app.request(`/pay/${paymentId}`, form()));
    expect(problem).toMatchObject({ status: 503, type: 'application/problem+json' });
  });
});

describe('the webhook', () => {
  const signed = { 'webhook-id': 'an id', 'webhook-timestamp': '1756116000', 'webhook-signature': 'v1,abc=' };
  const post = (body: string | Uint8Array<ArrayBuffer>): RequestInit => ({
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization: 'Bearer x', ...signed },
  });

  it('reaches the pay service byte for byte, with its signature', async () => {
    const { app, requests } = fakePay(401, { 'content-type': 'application/problem+json' }, '{}');
    const body = new Uint8Array([0x7b, 0x20, 0xff, 0x0d, 0x0a, 0x7d]);
    const response = await app.request('/api/v1/payments/webhook', post(body));
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
    expect(requests[0]).toMatchObject({ method: 'POST', path: '/webhook', headers: signed });
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
    expect(Buffer.from(requests[0]?.body ?? '')).toEqual(Buffer.from(body));
  });

  it('is a 503 when the pay service is away, so that the provider tries again', async () => {
    const problem = await readProblem(await gateway().app.request('/api/v1/payments/webhook', post('{}')));
    expect(problem).toMatchObject({ status: 503, type: 'application/problem+json' });
  });

  it('takes no more than 64 KB', async () => {
    const { app, requests } = fakePay();
    const response = await app.request('/api/v1/payments/webhook', post('x'.repeat(64 * 1024 + 1)));
    expect((await readProblem(response)).status).toBe(413);
    expect(requests).toEqual([]);
  });

  it('is a 500 that tells nothing when something else breaks', async () => {
    const pay: Upstream = {
      ...awayUpstream,
      send: async () => {
        throw new TypeError('a secret');
      },
    };
    const { app } = gateway({}, undefined, { pay });
    const problem = await readProblem(await app.request('/api/v1/payments/webhook', post('{}')));
    expect(problem.status).toBe(500);
    expect(JSON.stringify(problem.body)).not.toContain('secret');
    expect(await app.request(`/pay/${paymentId}`)).toMatchObject({ status: 500 });
  });
});
