import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createHeldCalls } from '../held-calls.ts';
import type { OrdersClient } from '../orders-client.ts';
import { listen } from '../server.ts';
import { gateway, orderId, orderView, seedOrder, silent } from './fake-orders.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const start = async (answers: Partial<OrdersClient> = {}) => {
  const held = createHeldCalls();
  const { app, count } = gateway(answers, held);
  const server = await listen(() => app.fetch, { host: '127.0.0.1', port: 0, log: silent });
  cleanUps.push(server.close);
  return { ...server, held, count };
};

/** Sends bytes as they are and reads until the server closes. */
const raw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });

const sendOrder = (port: number, headers: Record<string, string>, body: string) =>
  new Promise<{ status: number | undefined; type: string | undefined; body: string }>((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method: 'POST', path: '/api/v1/orders', agent: false } as const;
    const request = httpRequest({ ...options, headers: { 'content-type': 'application/json', ...headers } });
    request.on('response', (response) => {
      const { statusCode: status, headers } = response;
      text(response).then((body) => resolve({ status, type: headers['content-type'], body }), reject);
    });
    request.on('error', reject);
    request.end(body);
  });

const chunked = { 'transfer-encoding': 'chunked' };
const large = JSON.stringify({ ...seedOrder, note: 'x'.repeat(64 * 1024) });
const justSmallEnough = JSON.stringify(seedOrder).padEnd(64 * 1024);

describe('a listening gateway', () => {
  it.each([
    ['with a length', {}],
    ['in chunks', chunked],
  ])('takes an order %s, up to 64 KB', async (_how, headers) => {
    const { port } = await start();
    expect((await sendOrder(port, headers, JSON.stringify(seedOrder))).status).toBe(202);
    expect((await sendOrder(port, headers, justSmallEnough)).status).toBe(202);
  });

  it.each([
    ['with a length', {}],
    ['in chunks', chunked],
  ])('refuses more than 64 KB %s', async (_how, headers) => {
    const { port, count } = await start();
    for (const body of [large, `${justSmallEnough} `, large.repeat(10)]) {
      const answer = await sendOrder(port, headers, body);
      expect(answer).toMatchObject({ status: 413, type: 'application/problem+json' });
    }
    expect(count()).toBe(0);
  });

  it('refuses an announced 10 GB without waiting for it', async () => {
    const { port, count } = await start();
    const head =
      'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n';
    expect(await raw(port, head)).toMatch(/^HTTP\/1.1 413 /);
    expect(count()).toBe(0);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a bad host', 'GET /health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['two lengths', 'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'length and chunks',
      'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['20 KB of headers', `GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a backslash', 'GET /api\\v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  ])('answers %s with problem details', async (_what, bytes, status) => {
    const { port, count } = await start();
    const answer = await raw(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(answer).toContain(`"status":${status}`);
    expect(count()).toBe(0);
  });

  it('tells nothing about its software', async () => {
    const { port } = await start();
    const { headers } = await fetch(`http://127.0.0.1:${port}/health`);
    expect([...headers.keys()]).not.toEqual(expect.arrayContaining(['x-powered-by']));
    expect([...headers.keys()]).not.toEqual(expect.arrayContaining(['server']));
  });

  it('when it stops, answers who waits, finishes what is in flight and closes kept-alive connections', async () => {
    const submitting = Promise.withResolvers<void>();
    const submitted = Promise.withResolvers<{ orderId: string }>();
    const waiting = Promise.withResolvers<void>();
    const { port, held, close } = await start({
      submit: () => {
        submitting.resolve();
        return submitted.promise;
      },
      wait: (...[, , , signal]) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
          waiting.resolve();
        }),
      find: async () => orderView({ version: 2 }),
    });
    const order = fetch(`http://127.0.0.1:${port}/api/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(seedOrder),
    });
    const poll = fetch(`http://127.0.0.1:${port}/api/v1/orders/${orderId}?wait=60`);
    await Promise.all([submitting.promise, waiting.promise]);

    held.release();
    const closing = close();
    expect((await poll).headers.get('etag')).toBe('"2"');
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
    submitted.resolve({ orderId });
    expect((await order).status).toBe(202);
    await closing;
  });
});
