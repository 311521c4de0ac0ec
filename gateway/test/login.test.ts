import { generateKeyPairSync } from 'node:crypto';
import { exportSPKI, SignJWT } from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../app.ts';
import { decideAccess } from '../login/access.ts';
import { hashKey, makeKey, parseApiKeys } from '../login/api-keys.ts';
import { createIssuer } from '../login/issuer.ts';
import { createTokenReader } from '../login/tokens.ts';
import { forEachUpstream } from '../upstreams.ts';
import { awayUpstream, fakeOrders, gateway, orderId, orderView, readProblem, silent, token } from './fake-orders.ts';
import {
  access,
  accessTo,
  apiKeys,
  audience,
  bearer,
  issuer,
  key,
  oidc,
  operatorKey,
  path,
  server,
  tokenOf,
  withLogin,
} from './with-login.ts';

describe('S2: a token', () => {
  const hour = 3_600;
  const now = () => Math.floor(Date.now() / 1_000);
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const unsigned = (claims: object) =>
    `${[{ alg: 'none', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
  const claims = () => ({ iss: issuer, aud: audience, sub: '1', exp: now() + hour });
  /** Signed with the public key of the provider, taken for a shared secret. */
  const confused = async () => {
    const [jwk] = server.issuer.keys.toJSON();
    const publicKey = await crypto.subtle.importKey(
      'jwk',
      { ...jwk, key_ops: ['verify'] },
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      true,
      ['verify'],
    );
    return new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: String(jwk?.kid) })
      .sign(new TextEncoder().encode(await exportSPKI(publicKey)));
  };
  const forged = async () => {
    const [jwk] = server.issuer.keys.toJSON();
    return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid: String(jwk?.kid) }).sign(foreign.privateKey);
  };

  it('S2: of the provider lets its user in', async () => {
    const { app, calls } = withLogin({ find: async () => orderView() });
    expect((await app.request(path, { headers: bearer(await tokenOf()) })).status).toBe(200);
    expect(calls.find[0]?.[1].caller).toEqual({ kind: 'customer', id: 'user 1', userId: 1 });
  });

  it.each<[string, () => string | Promise<string>]>([
    ['without a signature (alg none)', () => unsigned(claims())],
    ['signed with the public key as a secret (HS256 for RS256)', confused],
    ['signed with the key of somebody else', forged],
    ['of another issuer', () => tokenOf({ iss: 'http://elsewhere.example' })],
    ['for another audience', () => tokenOf({ aud: 'another-api' })],
    ['without an audience', () => tokenOf({ aud: undefined })],
    ['that has expired', () => tokenOf({ exp: now() - hour })],
    ['that never expires', () => tokenOf({ exp: undefined })],
    ['that is not valid yet', () => tokenOf({ nbf: now() + hour })],
    ['without a subject', () => tokenOf({ sub: undefined })],
    [
      'with a letter changed',
      async () => (await tokenOf()).replace(/\.(.)/, (_, letter) => `.${letter === 'e' ? 'f' : 'e'}`),
    ],
    ['that is no token', () => 'abc'],
  ])('S2: %s is refused', async (_what, make) => {
    const { app, count } = withLogin();
    const response = await app.request(path, { headers: bearer(await make()) });
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
    expect(await readProblem(response)).toMatchObject({ status: 401, type: 'application/problem+json' });
    expect(count()).toBe(0);
  });

  it('S2: whose issuer has a clock of its own is taken within 30 seconds', async () => {
    const { app } = withLogin({ find: async () => orderView() });
    for (const exp of [now() - 20, now() - 60]) {
      const { status } = await app.request(path, { headers: bearer(await tokenOf({ exp })) });
      expect(status).toBe(exp > now() - 30 ? 200 : 401);
    }
  });

  it.each([['Basic dTpw'], ['Bearer'], ['Bearer '], ['bearer a b'], ['Token abc'], [`qk_${'a'.repeat(43)}`]])(
    'S2: another scheme is refused: %s',
    async (authorization) => {
      const { app, count } = withLogin();
      const response = await app.request(path, { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(count()).toBe(0);
    },
  );

  it('S2: in the address is none', async () => {
    const { app } = withLogin();
    expect((await app.request(`${path}?access_token=${await tokenOf()}`)).status).toBe(401);
  });

  it('that names no user is 403, and says which claim is wrong', async () => {
    const { app, count } = withLogin();
    const response = await app.request(path, { headers: bearer(await tokenOf({ sub: 'ann@example.org' })) });
    expect((await readProblem(response)).body).toMatchObject({
      status: 403,
      detail: expect.stringContaining('claim sub'),
    });
    expect(count()).toBe(0);
  });

  it('is read by the claims that are configured, also below others', async () => {
    const read = createTokenReader(createIssuer(issuer), {
      issuer,
      audience,
      userClaim: 'shop_user',
      rolesClaim: 'realm_access.roles',
    });
    const claimed = { sub: 'x', shop_user: 12, realm_access: { roles: ['staff', 'offline'] } };
    expect(await read(await tokenOf(claimed))).toEqual({ kind: 'staff', id: 'user x', userId: 12 });
  });

  it('of a new key is taken at once: the provider changed its keys', async () => {
    const other = new OAuth2Server();
    await other.issuer.keys.generate('RS256');
    await other.start(0, 'localhost');
    try {
      const url = String(other.issuer.url);
      const read = createTokenReader(createIssuer(url, { cooldown: 0 }), {
        issuer: url,
        audience,
        userClaim: 'sub',
        rolesClaim: 'roles',
      });
      const sign = (kid?: string) =>
        other.issuer.buildToken({
          ...(kid !== undefined && { kid }),
          scopesOrTransform: (_, payload) => void Object.assign(payload, { sub: '1', aud: audience }),
        });
      expect(await read(await sign())).toMatchObject({ userId: 1 });
      const { kid } = await other.issuer.keys.generate('ES256');
      expect(await read(await sign(kid))).toMatchObject({ userId: 1 });
    } finally {
      await other.stop();
    }
  });

  it('cannot be checked while the provider is away: 503, and an API key still works', async () => {
    const { app } = gateway(
      { find: async () => orderView({ userId: 7 }) },
      undefined,
      {},
      accessTo('http://127.0.0.1:1'),
    );
    expect((await app.request(path, { headers: bearer(await tokenOf()) })).status).toBe(503);
    expect((await app.request(path, { headers: bearer(key) })).status).toBe(200);
  });
});

describe('an API key', () => {
  it('S2: lets in whom its line names', async () => {
    const { app, calls } = withLogin({ find: async () => orderView() });
    for (const secret of [key, operatorKey]) await app.request(path, { headers: bearer(secret) });
    expect(calls.find.map(([, { caller }]) => caller)).toEqual([
      { kind: 'customer', id: 'key 7', userId: 7 },
      { kind: 'operator', id: 'key ops', userId: null },
    ]);
  });

  it('S2: that is not known is refused', async () => {
    const { app, count } = withLogin();
    for (const secret of [makeKey(), key.slice(0, -1), `${key}a`, 'qk_', hashKey(key)])
      expect((await app.request(path, { headers: bearer(secret) })).status).toBe(401);
    expect(count()).toBe(0);
  });

  it('may have comments around it, and stand there twice under one name', () => {
    const [one, other] = [makeKey(), makeKey()];
    const keys = parseApiKeys(`# partners\n\n9:customer:${hashKey(one)}\n  9:customer:${hashKey(other)}  `);
    for (const each of [one, other]) expect(keys.find(each)).toEqual({ kind: 'customer', id: 'key 9', userId: 9 });
  });

  it.each([
    'a',
    'a:b',
    `ann:customer:${hashKey('k')}`,
    `0:customer:${hashKey('k')}`,
    `a:admin:${hashKey('k')}`,
    'a:staff:sha256$abc',
    'a:staff:k',
  ])('is refused in the settings by the number of its line, without what is in it: %s', (line) => {
    expect(() => parseApiKeys(`# one\n${line}`)).toThrow('line 2 is not NAME:ROLE:HASH');
    expect(() => parseApiKeys(line)).not.toThrow(/sha256/);
  });
});

describe('without settings of a login', () => {
  const none = { issuer: undefined, audience: undefined, ...oidc, clientId: undefined };
  const decide = (changes: Partial<Parameters<typeof decideAccess>[0]>) =>
    decideAccess({ login: undefined, apiKeys: undefined, oidc: none, isDevelopment: false, ...changes });

  it('S8: it does not start, and says what to set', () => {
    expect(() => decide({})).toThrow(/set OIDC_ISSUER and OIDC_AUDIENCE, or GATEWAY_API_KEYS, or GATEWAY_LOGIN=off/);
  });
  it('is open on a developer’s machine, and where that is set', () => {
    expect(decide({ isDevelopment: true })).toEqual({ kind: 'off' });
    expect(decide({ login: 'off' })).toEqual({ kind: 'off' });
  });
  it.each([
    ['an issuer without an audience', { oidc: { ...none, issuer: 'https://login.example' } }],
    ['an audience without an issuer', { oidc: { ...none, audience } }],
    ['a client without an issuer', { oidc: { ...none, clientId: 'shop' } }],
    ['an issuer without TLS', { oidc: { ...none, issuer: 'http://login.example', audience } }],
    ['login off, and keys', { login: 'off', apiKeys }],
  ] as const)('refuses %s', (_what, changes) => {
    expect(() => decide(changes)).toThrow(/OIDC_ISSUER|GATEWAY_LOGIN is off/);
  });
});

describe('who logs in with a browser', () => {
  const begin = async (to: string) => {
    const publicUrl = 'http://localhost:8080';
    const orders = fakeOrders({ find: async () => orderView() });
    const app = buildApp({
      upstreams: forEachUpstream(() => awayUpstream),
      publicUrl,
      systemToken: token,
      log: silent,
      orders: orders.client,
      access,
    });
    server.service.removeAllListeners();
    server.service.on('beforeTokenSigning', ({ payload }: { payload: Record<string, unknown> }) => {
      if (payload.aud !== 'shop') Object.assign(payload, { sub: '2', aud: audience });
    });
    const started = await app.request(`/login?to=${encodeURIComponent(to)}`);
    expect(started.status).toBe(303);
    const place = new URL(String(started.headers.get('location')));
    expect(place.searchParams.get('code_challenge_method')).toBe('S256');
    const back = await fetch(place, { redirect: 'manual' });
    const callback = new URL(String(back.headers.get('location')));
    expect(callback.pathname).toBe('/login/callback');
    const attempt = String(started.headers.getSetCookie()[0]?.split(';')[0]);
    return { app, calls: orders.calls, path: `${callback.pathname}${callback.search}`, attempt };
  };

  it('comes back logged in, by a cookie that no script reads', async () => {
    const { app, path: callback, attempt, calls } = await begin('/#order=7');
    const response = await app.request(callback, { headers: { cookie: attempt } });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/#order=7']);
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^quadrille-token=[\w.-]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
    const headers = { cookie: String(cookie.split(';')[0]) };
    expect(await (await app.request('/api/v1/session', { headers })).json()).toEqual({
      login: 'done',
      userId: 2,
      page: '/login',
    });
    expect((await app.request(path, { headers })).status).toBe(200);
    expect(calls.find[0]?.[1].caller).toEqual({ kind: 'customer', id: 'user 2', userId: 2 });
    // Another site can make the browser send the cookie along, but not say that it comes from here.
    const elsewhere = { ...headers, 'sec-fetch-site': 'cross-site' };
    expect((await app.request(`${path}/cancel`, { method: 'POST', headers: elsewhere })).status).toBe(403);
    expect((await app.request('/logout', { method: 'POST', headers: elsewhere })).status).toBe(403);
    const out = await app.request('/logout', { method: 'POST', headers });
    expect(out.headers.getSetCookie()[0]).toMatch(/^quadrille-token=; Max-Age=0/);
  });

  it('is refused when the login did not begin in this browser', async () => {
    const { app, path: callback } = await begin('/');
    const { attempt: other } = await begin('/');
    expect((await app.request(callback)).status).toBe(400);
    expect((await app.request(callback, { headers: { cookie: other } })).status).toBe(400);
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example'])(
    'never ends at another site: %s',
    async (to) => {
      const { app, path: callback, attempt } = await begin(to);
      const response = await app.request(callback, { headers: { cookie: attempt } });
      expect(response.headers.get('location')).toBe('/');
    },
  );

  it('is sent to the login by a page that needs one', async () => {
    const { app } = withLogin();
    const page = await app.request(`/pay/${orderId}`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      `/login?to=${encodeURIComponent(`/pay/${orderId}`)}`,
    ]);
  });
});
