import { describe, expect, it } from 'vitest';
import { decideAccess } from '../web/access.ts';
import { as, consoleWith, loginAccess } from './app.ts';

const access = await loginAccess();
const { app, routes } = await consoleWith(access);
const id = '0198c0de-0000-7000-8000-000000000000';
const example: Record<string, string> = {
  orderId: id,
  service: 'stock',
  seq: '1',
  id: '1',
  operation: 'release',
  file: 'live.js',
};
const addressOf = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => example[name] ?? '');
const json = { 'content-type': 'application/json' };

const ask = (route: { method: 'get' | 'post'; path: string }, headers: Record<string, string> = {}) =>
  app.request(addressOf(route.path), {
    method: route.method.toUpperCase(),
    headers: { ...headers, ...(route.method === 'post' ? json : {}) },
    ...(route.method === 'post' && { body: JSON.stringify({ why: 'a test', to: 'stock' }) }),
  });

const guarded = routes.filter(({ needs }) => needs === 'reader' || needs === 'operator');
const named = (list: typeof routes) => list.map((route) => [`${route.method} ${route.path}`, route] as const);

/** Neither sent to log in nor turned away. */
const isLetThrough = ({ status, headers }: Response) =>
  status !== 401 && status !== 403 && headers.get('location')?.startsWith('/login') !== true;

describe.each(named(guarded))('%s', (_, route) => {
  it('lets nobody through who has not logged in', async () => {
    const response = await ask(route);
    if (route.path.startsWith('/api/')) expect(response.status).toBe(401);
    else expect([response.status, response.headers.get('location')?.split('?')[0]]).toEqual([303, '/login']);
  });

  it('takes the role that it names', async () => {
    expect(isLetThrough(await ask(route, as(access, 'operator')))).toBe(true);
    expect(isLetThrough(await ask(route, as(access, 'reader')))).toBe(route.needs === 'reader');
  });
});

it('gives whoever only looks nothing to act with', () => {
  for (const { method, path, needs } of routes)
    if (method === 'post' && needs !== 'session') expect([path, needs]).toEqual([path, 'operator']);
});

describe.each(named(routes.filter(({ method }) => method === 'post')))('%s', (_, route) => {
  it('does nothing without the token of the session, nor for another site', async () => {
    const { cookie, 'x-csrf-token': token } = as(access, 'operator') as { cookie: string; 'x-csrf-token': string };
    for (const headers of [
      { cookie },
      { cookie, 'x-csrf-token': `${token}x` },
      { cookie, 'x-csrf-token': String(as(access, 'operator')['x-csrf-token']) },
      { cookie, 'x-csrf-token': token, origin: 'https://evil.example' },
      { cookie, 'x-csrf-token': token, origin: 'null' },
      { cookie, 'x-csrf-token': token, 'sec-fetch-site': 'cross-site' },
      { cookie, 'x-csrf-token': token, 'sec-fetch-site': 'same-site' },
    ])
      expect((await ask(route, headers as Record<string, string>)).status).toBe(403);
  });
});

describe('an open console', () => {
  it('answers only to names of this machine, whatever points here', async () => {
    const open = await decideAccess({
      ...{ users: undefined, operatorPassword: undefined, sessionKey: undefined },
      ...{ secure: false, host: '127.0.0.1', isDevelopment: true },
    });
    const { app: openApp } = await consoleWith(open);
    const status = async (host: string) => (await openApp.request('/assets/live.js', { headers: { host } })).status;
    for (const host of ['localhost:36789', '127.0.0.1:36789', '[::1]:1', 'localhost'])
      expect(await status(host)).toBe(200);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:36789', ''])
      expect(await status(host)).toBe(421);
  });
});

describe('logging in', () => {
  it('takes a form with a token, gives a new session, and goes only to a page of ours', async () => {
    const withPassword = await decideAccess({
      ...{ users: undefined, operatorPassword: 'a long password!', sessionKey: undefined },
      ...{ secure: false, host: '0.0.0.0', isDevelopment: false },
    });
    const { app: console } = await consoleWith(withPassword);
    const form = await console.request('/login?to=//evil.example');
    const page = await form.text();
    expect(page).toContain('name="to" value="/orders"');
    const cookie = String(form.headers.get('set-cookie')?.split(';')[0]);
    const token = String(/name="token" value="([^"]+)"/.exec(page)?.[1]);
    const logIn = (password: string, to = '/rates') =>
      console.request('/login', {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, to, name: 'operator', password }).toString(),
      });
    expect((await logIn('wrong')).status).toBe(403);
    for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)'])
      expect((await logIn('a long password!', to)).headers.get('location')).toBe('/orders');
    const done = await logIn('a long password!');
    expect([done.status, done.headers.get('location')]).toEqual([303, '/rates']);
    expect(done.headers.get('set-cookie')?.split(';')[0]).not.toBe(cookie);
  });

  it('is slowed down after five wrong passwords', async () => {
    const { app: console } = await consoleWith(access);
    const session = await console.request('/api/v1/session');
    const { token } = (await session.json()) as { token: string };
    const cookie = String(session.headers.get('set-cookie')?.split(';')[0]);
    const tries = [];
    for (let n = 0; n < 6; n++) {
      const response = await console.request('/api/v1/session', {
        method: 'POST',
        headers: { ...json, cookie, 'x-csrf-token': token },
        body: '{"name":"ann","password":"guess"}',
      });
      tries.push(response.status);
    }
    expect(tries).toEqual([403, 403, 403, 403, 403, 429]);
  });
});

describe('D3: behind a trusted proxy', () => {
  it('each client has tries of its own, whatever it writes into the header itself', async () => {
    const { app: console } = await consoleWith(access);
    const session = await console.request('/api/v1/session');
    const { token } = (await session.json()) as { token: string };
    const cookie = String(session.headers.get('set-cookie')?.split(';')[0]);
    const guess = async (connected: string, forwardedFor: string) => {
      const headers = { ...json, cookie, 'x-csrf-token': token, 'x-forwarded-for': forwardedFor };
      const env = { incoming: { socket: { remoteAddress: connected } } };
      return (await console.request('/api/v1/session', { method: 'POST', headers, body: '{"name":"ann"}' }, env))
        .status;
    };
    for (let n = 0; n < 5; n++) expect(await guess('127.0.0.1', `192.0.2.${n}, 198.51.100.1`)).toBe(403);
    expect(await guess('127.0.0.1', '198.51.100.1')).toBe(429);
    expect(await guess('127.0.0.1', '198.51.100.2')).toBe(403);
    for (let n = 0; n < 5; n++) expect(await guess('203.0.113.9', `192.0.2.${n}`)).toBe(403);
    expect(await guess('203.0.113.9', '192.0.2.99')).toBe(429);
  });
});

describe('an answer', () => {
  it('lets a browser load nothing from elsewhere and run nothing within', async () => {
    const response = await app.request('/login');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const page = await response.text();
    expect(page).not.toMatch(/<script(?! src="\/assets\/)|<style|\son\w+=|\sstyle=|(src|href)="(https?:)?\/\//);
  });

  it('is problem details for whoever asks the API', async () => {
    const response = await app.request('/api/v1/nothing');
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  it('tells nothing of an error but that there was one', async () => {
    const response = await app.request('/api/v1/orders', { headers: as(access, 'reader') });
    expect([response.status, await response.text()]).toEqual([503, expect.not.stringContaining('ECONNREFUSED')]);
  });
});

describe('the OpenAPI document', () => {
  it('names exactly the calls there are', async () => {
    const document = (await (await app.request('/openapi.json')).json()) as { paths: Record<string, object> };
    const there = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const calls = routes.filter(({ path }) => path.startsWith('/api/')).map(({ method, path }) => `${method} ${path}`);
    expect(there.sort()).toEqual(calls.sort());
    expect(calls.length).toBeGreaterThan(14);
  });
});
