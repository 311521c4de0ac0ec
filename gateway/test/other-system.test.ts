import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFeed } from '../feed.ts';
import { createOrdersClient } from '../orders-client.ts';
import { createUpstream, ForeignService } from '../upstream.ts';
import { gateway, orderId, orderView, readProblem, seedOrder, token } from './fake-orders.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server that answers 401 to everything, and writes down which tokens it was given. */
const startRefusing = async (headers: Record<string, string> = {}) => {
  const tokens: unknown[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers['system-token']);
    response.writeHead(401, { 'content-type': 'application/problem+json', ...headers }).end('{"status":401}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens };
};

const ofToken = { 'www-authenticate': 'System-Token' };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const by = { traceparent, caller: { kind: 'anyone' } } as const;

describe('C7: a service that refuses the token of the gateway', () => {
  it('C7: is of another system: every call says so, and names the settings for the log', async () => {
    const { url, tokens } = await startRefusing(ofToken);
    const orders = createOrdersClient(url, token);
    cleanUps.push(orders.close);
    const calls = [
      orders.submit(seedOrder, traceparent),
      orders.find(orderId, by),
      orders.list({ userId: 1, limit: 1 }, by),
      orders.cancel(orderId, by),
      orders.next(orderId, 'change', undefined, new AbortController().signal, by),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
      expect(reason).toBeInstanceOf(ForeignService);
      const { message, cause } = reason as ForeignService;
      expect(message).not.toMatch(/SYSTEM_TOKEN|127\.0\.0\.1/);
      expect(String(cause)).toMatch(/SYSTEM_TOKEN.*ORDER_URL/);
    }
    expect(await orders.isReady()).toBe(false);
    expect(new Set(tokens)).toEqual(new Set([token]));
  });

  it('C7: a webhook that pay refuses for its signature is not taken for that', async () => {
    const { url } = await startRefusing();
    const pay = createUpstream('pay', url, token);
    cleanUps.push(pay.close);
    const { app } = gateway({}, undefined, { pay });
    const answer = await app.request('/api/v1/payments/webhook', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(401);
  });

  it('C7: a server that is none of ours and wants a login is not taken for our service', async () => {
    const { url } = await startRefusing({ 'www-authenticate': 'Basic realm="router"' });
    const upstream = createUpstream('stock', url, token);
    const feed = createFeed(url, token);
    cleanUps.push(upstream.close, feed.close);
    await expect(upstream.call({ method: 'GET', path: '/products' }, [200, 404])).rejects.toThrow(ForeignService);
    const waiting = feed.next(orderId, 'change', undefined, new AbortController().signal, null);
    await expect(waiting).rejects.toThrow(ForeignService);
  });
});

describe('C7: a process of ours that calls the gateway', () => {
  it.each([
    ['of the same system', token, 202],
    ['of another system', 'the token of a system that is another', 401],
    ['with an empty token', '', 401],
  ])('C7: %s', async (_what, given, status) => {
    const { app, count } = gateway({ cancel: async () => ({ outcome: 'cancelling', order: orderView() }) });
    const response = await app.request(`/api/v1/orders/${orderId}/cancel`, {
      method: 'POST',
      headers: { 'system-token': given },
    });
    expect(response.status).toBe(status);
    if (status === 401)
      expect((await readProblem(response)).body).toMatchObject({ detail: expect.stringContaining('SYSTEM_TOKEN') });
    expect(count()).toBe(status === 401 ? 0 : 1);
  });
});
