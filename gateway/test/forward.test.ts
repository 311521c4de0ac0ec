import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { forward } from '../forward.ts';
import { answerError } from '../problem.ts';
import { createUpstream } from '../upstream.ts';
import { awayUpstream, readProblem, token } from './fake-orders.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Received = { line: string; headers: IncomingMessage['headers']; body: Buffer };

/** A service, and a gateway that forwards to it whatever it is asked. */
const start = async (answer: (response: ServerResponse) => void) => {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream = createUpstream('pay', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token);
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)), upstream.close);
  return { app: forwarder(upstream), received };
};

const forwarder = (upstream: Parameters<typeof forward>[2]) => {
  const app = new Hono();
  app.all('/pay', (c) =>
    forward(c, { traceparent, client: { address: 'x' }, startWaiting: () => {} }, upstream, '/inside?a=b'),
  );
  app.onError((error) => answerError(error));
  return app;
};

const ok = (response: ServerResponse) => void response.end('ok');

describe('a forwarded call', () => {
  it('takes along what the service must know, and nothing else', async () => {
    const { app, received } = await start(ok);
    const known = {
      accept: 'text/html',
      'accept-language': 'de',
      'content-type': 'application/json',
      'webhook-signature': 'v1,abc',
      'webhook-timestamp': '1',
      'webhook-id': '7',
    };
    const others = { cookie: 'a=b', authorization: 'secret', 'x-forwarded-for': '1.2.3.4', host: 'evil.example' };
    await app.request('/pay', { method: 'POST', body: '{}', headers: { ...known, ...others, traceparent: 'forged' } });
    const [{ line, headers } = expect.unreachable()] = received;
    expect(line).toBe('POST /inside?a=b');
    expect(headers).toMatchObject({ ...known, traceparent });
    for (const name of ['cookie', 'authorization', 'x-forwarded-for']) expect(headers).not.toHaveProperty(name);
    expect(headers.host).toMatch(/^127\.0\.0\.1:/);
  });

  it('takes the body along byte for byte', async () => {
    const { app, received } = await start(ok);
    const body = Uint8Array.from({ length: 64 * 1024 }, (_, index) => index % 256);
    await app.request('/pay', { method: 'POST', body });
    await app.request('/pay', { method: 'POST', body: '{ "a" : 1.0 }\r\n' });
    await app.request('/pay', { method: 'POST' });
    expect(received.map(({ body }) => body)).toEqual([
      Buffer.from(body),
      Buffer.from('{ "a" : 1.0 }\r\n'),
      Buffer.alloc(0),
    ]);
  });

  it('stops before the service with more than 64 KB', async () => {
    const { app, received } = await start(ok);
    const body = new Uint8Array(64 * 1024 + 1);
    expect(await readProblem(await app.request('/pay', { method: 'POST', body }))).toMatchObject({ status: 413 });
    expect(received).toEqual([]);
  });

  it('brings back the answer: status, body byte for byte, and the headers that are for the client', async () => {
    const page = Buffer.from([0, 255, 10, 13, 128]);
    const passed = {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'",
      etag: '"7"',
      location: '/pay/7',
      'referrer-policy': 'no-referrer',
      refresh: '5',
      'retry-after': '1',
      'x-content-type-options': 'nosniff',
    };
    const kept = { 'set-cookie': 'a=b', server: 'inside', 'x-powered-by': 'inside', 'transfer-encoding': 'chunked' };
    const { app } = await start((response) => void response.writeHead(303, { ...passed, ...kept }).end(page));
    const response = await app.request('/pay');
    expect(response.status).toBe(303);
    expect(Object.fromEntries(response.headers)).toEqual(passed);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(page);
  });

  it.each([
    ['GET', 'GET', 'ok'],
    ['HEAD', 'GET', ''],
    ['POST', 'POST', 'ok'],
  ])('%s is %s for the service', async (method, inside, text) => {
    const { app, received } = await start(ok);
    const response = await app.request('/pay', { method });
    expect(received.map(({ line }) => line)).toEqual([`${inside} /inside?a=b`]);
    expect(await response.text()).toBe(text);
  });

  it.each([204, 304])('brings back %i, which has no body', async (status) => {
    const { app } = await start((response) => void response.writeHead(status, { etag: '"7"' }).end());
    const response = await app.request('/pay');
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('');
  });

  it('is 503 with Retry-After while the service is away', async () => {
    const response = await forwarder(awayUpstream).request('/pay');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await readProblem(response)).toMatchObject({ status: 503, type: 'application/problem+json' });
  });

  it('is 503 when the service breaks off, and is not sent twice', async () => {
    const { app, received } = await start((response) => response.destroy());
    expect((await app.request('/pay', { method: 'POST', body: '{}' })).status).toBe(503);
    expect(received).toHaveLength(1);
  });
});
