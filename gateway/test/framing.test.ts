import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from '../server.ts';
import { gateway, orderId, orderView, seedOrder, silent } from './fake-orders.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const start = async () => {
  const { app, calls, count } = gateway({ find: async () => orderView() });
  const server = await listen(() => app.fetch, { host: '127.0.0.1', port: 0, log: silent });
  cleanUps.push(server.close);
  return { ...server, calls, count };
};

/** Sends bytes as they are and reads until the server closes. */
const raw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });

const statusOf = (answer: string) => Number(/^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1]);
/** Also that there is one answer: what follows a broken request must not be taken for another. */
const expectProblem = (answer: string, status: number) => {
  expect(statusOf(answer)).toBe(status);
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  expect(answer).toContain(`"status":${status}`);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
};

const body = JSON.stringify(seedOrder);
const json = `Content-Type: application/json\r\nContent-Length: ${body.length}`;
const close = 'Connection: close';

describe('E4: the Host header', () => {
  it.each([
    ['two that differ', 'Host: a\r\nHost: b'],
    ['two that are equal', 'Host: a\r\nHost: a'],
    ['two in other letters', 'host: a\r\nHOST: b'],
    ['an empty one and another', 'Host:\r\nHost: b'],
    ['three', 'Host: a\r\nHost: a\r\nHost: a'],
    ['an empty one', 'Host:'],
    ['a list', 'Host: a, b'],
    ['one with a path', 'Host: a/b'],
    ['one with a user', 'Host: user@a'],
  ])('E4: %s: 400, and nothing is done', async (_what, host) => {
    const { port, count } = await start();
    expectProblem(await raw(port, `GET /health HTTP/1.1\r\n${host}\r\n${close}\r\n\r\n`), 400);
    expectProblem(
      await raw(port, `POST /api/v1/orders HTTP/1.1\r\n${host}\r\n${json}\r\n${close}\r\n\r\n${body}`),
      400,
    );
    expect(count()).toBe(0);
  });

  it('E4: two of them end the connection: what was sent behind is not read', async () => {
    const { port, count } = await start();
    const order = `POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n${json}\r\n\r\n${body}`;
    expectProblem(await raw(port, `GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${order}`), 400);
    expect(count()).toBe(0);
  });

  it('E4: HTTP/1.0 does without: health, readiness and the API answer', async () => {
    const { port, calls } = await start();
    for (const path of ['/health', '/ready', `/api/v1/orders/${orderId}`])
      expect(statusOf(await raw(port, `GET ${path} HTTP/1.0\r\n\r\n`))).toBe(200);
    expect(statusOf(await raw(port, `POST /api/v1/orders HTTP/1.0\r\n${json}\r\n\r\n${body}`))).toBe(202);
    expect(calls.submit).toHaveLength(1);
    expect(statusOf(await raw(port, 'GET /health HTTP/1.0\r\nHost: shop.example:80\r\n\r\n'))).toBe(200);
    expectProblem(await raw(port, 'GET /health HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'), 400);
  });
});

describe('E4: what else is odd about a request', () => {
  it.each([
    [
      'two equal lengths',
      `POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      400,
    ],
    ['a list of lengths', `POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\n12345`, 400],
    ['a length with a sign', `POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n12345`, 400],
    [
      'chunks and a length',
      `POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${json}\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'chunked twice',
      'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'chunked but not last',
      'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a bad chunk size', 'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
    ['a folded header', `GET /health HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n${close}\r\n\r\n`, 400],
    ['a blank before the colon', `GET /health HTTP/1.1\r\nHost : x\r\n${close}\r\n\r\n`, 400],
    ['a line that ends in LF alone', `GET /health HTTP/1.1\nHost: x\n${close}\n\n`, 400],
    ['a NUL in a header', `GET /health HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n${close}\r\n\r\n`, 400],
    ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['an unknown version', `GET /health HTTP/1.7\r\nHost: x\r\n${close}\r\n\r\n`, 400],
    ['an unknown method', `BREW /health HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 400],
    ['an unknown expectation', `POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n${json}\r\n\r\n${body}`, 417],
    ['bad percent-encoding in an order id', `GET /api/v1/orders/%zz HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 400],
    [
      'percent-encoded bytes that are no UTF-8',
      `GET /api/v1/orders/%ff%fe HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`,
      400,
    ],
    ['half a percent-encoding', `GET /api/v1/products/% HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 400],
    ['bad percent-encoding at no path of ours', `GET /%zz HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 404],
    ['a percent-encoded slash', `GET /api%2fv1%2forders HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 404],
    ['the asterisk', `OPTIONS * HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 400],
    ['a target without a slash', `GET health HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 400],
    ['an absolute target that is no URL', `GET http:// HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 400],
    ['a target of another scheme', `GET ftp://x/health HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 400],
  ])('E4: %s is a problem', async (_what, bytes, status) => {
    const { port, count } = await start();
    expectProblem(await raw(port, bytes), status);
    expect(count()).toBe(0);
  });

  it('E4: a target in absolute form is the same as its path', async () => {
    const { port } = await start();
    const answer = await raw(port, `GET http://other.example/health HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`);
    expect(statusOf(answer)).toBe(200);
  });

  it('E4: nobody can tunnel through', async () => {
    const { port } = await start();
    expectProblem(await raw(port, 'CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n'), 501);
  });
});
