import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { serveHttp } from '../http.ts';
import { systemTokenHeader } from '../system-token.ts';

const token = 'the token of the system in the tests';
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const start = async () => {
  let reached = 0;
  const http = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    isReady: () => true,
    systemToken: token,
    api: {
      fetch: () => Response.json({ reached: ++reached }),
      upgrade: (_request, socket) => {
        reached++;
        socket.destroy();
      },
    },
  });
  cleanUps.push(http.close);
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${http.port}${path}`, { headers });
  return { ...http, get, reached: () => reached };
};

const wrong: [string, Record<string, string>][] = [
  ['no token', {}],
  ['an empty token', { [systemTokenHeader]: '' }],
  ['the token of another system', { [systemTokenHeader]: 'the token of a system that is another' }],
  ['a part of the token', { [systemTokenHeader]: token.slice(0, -1) }],
  ['the token twice', { [systemTokenHeader]: `${token}, ${token}` }],
  ['the token in another header', { authorization: `Bearer ${token}` }],
];

describe('C7: the API of a service', () => {
  it('answers a call with the token of its system', async () => {
    const { get } = await start();
    expect(await (await get('/orders', { [systemTokenHeader]: token })).json()).toEqual({ reached: 1 });
  });

  it.each(wrong)('C7: refuses %s with problem details, before it is looked at', async (_what, headers) => {
    const { get, reached } = await start();
    for (const path of ['/orders', '/', '/health/', '/ready?x=1', '//health', '/Health']) {
      const response = await get(path, headers);
      expect(response.status).toBe(401);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(response.headers.get('www-authenticate')).toBe('System-Token');
      expect(await response.json()).toMatchObject({ status: 401, detail: expect.stringContaining('SYSTEM_TOKEN') });
    }
    expect(reached()).toBe(0);
  });

  it.each(wrong)('C7: refuses %s for a WebSocket', async (_what, headers) => {
    const { port, reached } = await start();
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'x',
    };
    const status = await new Promise((resolve, reject) => {
      const asked = request({
        host: '127.0.0.1',
        port,
        path: '/feed',
        headers: { ...upgrade, ...headers },
        agent: false,
      });
      asked.on('response', (response) => {
        resolve(response.statusCode);
        response.resume();
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(status).toBe(401);
    expect(reached()).toBe(0);
  });

  it('C7: says to everybody whether it lives, is ready, and how much it does; a stranger that names its system gets 401', async () => {
    const { get } = await start();
    for (const path of ['/health', '/ready', '/metrics']) expect((await get(path)).status).toBe(200);
    expect((await get('/ready', { [systemTokenHeader]: token })).status).toBe(200);
    expect((await get('/ready', { [systemTokenHeader]: 'another' })).status).toBe(401);
  });

  it('C7: is not reached by a path in absolute form either', async () => {
    const { port, reached } = await start();
    const answer = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connect(port, '127.0.0.1', () =>
        socket.write('GET http://127.0.0.1/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      );
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.on('close', () => resolve(received));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(reached()).toBe(0);
  });
});
