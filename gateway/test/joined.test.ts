import { describe, expect, it } from 'vitest';
import { buildApp } from '../app.ts';
import type { Upstream, UpstreamRequest } from '../upstream.ts';
import { forEachUpstream } from '../upstreams.ts';
import { awayUpstream, fakeOrders, silent, token } from './fake-orders.ts';

const gatewayWith = (send: Upstream['send']) =>
  buildApp({
    orders: fakeOrders().client,
    upstreams: forEachUpstream(() => awayUpstream),
    joined: { gift: { ...awayUpstream, send } },
    publicUrl: 'https://shop.example',
    systemToken: token,
    access: { kind: 'off' } as const,
    log: silent,
  });

describe('the API of a service that has joined', () => {
  it('gets the calls under its name, whole paths and questions, and nothing else', async () => {
    const requests: UpstreamRequest[] = [];
    const app = gatewayWith(async (request) => {
      requests.push(request);
      return {
        status: 200,
        headers: { 'content-type': 'application/json', server: 'secret' },
        body: Buffer.from('{}'),
      };
    });
    const response = await app.request('/api/v1/gift/orders/7/wishes?color=red', { headers: { cookie: 'a=b' } });
    expect(response.status).toBe(200);
    expect(response.headers.has('server')).toBe(false);
    await app.request('/api/v1/gift/orders', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/gift/orders/7/wishes?color=red',
      'POST /api/v1/gift/orders',
    ]);
    expect(Object.keys(requests[0]?.headers ?? {})).toEqual(['traceparent', 'caller-kind']);
    for (const path of ['/api/v1/gift', '/api/v1/other/orders', '/gift/metrics'])
      expect((await app.request(path)).status).toBe(404);
    // The parser of addresses takes the dots away before the path is looked up.
    expect((await app.request('/api/v1/gift/../../../metrics')).status).toBe(404);
    expect(requests).toHaveLength(2);
  });

  it('is 503 while the service is away', async () => {
    const response = await gatewayWith(awayUpstream.send).request('/api/v1/gift/orders/7');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 503 });
  });

  it('is in the OpenAPI document', async () => {
    const response = await gatewayWith(awayUpstream.send).request('/openapi.json');
    expect(Object.keys(((await response.json()) as { paths: object }).paths)).toContain('/api/v1/gift/{path}');
  });
});
