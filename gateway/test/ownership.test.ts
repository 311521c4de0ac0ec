import { get, type IncomingMessage } from 'node:http';
import { callerHeaders, readCaller } from '@quadrille/process/caller';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildApp } from '../app.ts';
import { listen } from '../server.ts';
import type { Upstream, UpstreamRequest } from '../upstream.ts';
import { forEachUpstream } from '../upstreams.ts';
import {
  awayUpstream,
  fakeOrders,
  gateway,
  orderId,
  orderView,
  post,
  readProblem,
  seedOrder,
  silent,
  token,
} from './fake-orders.ts';
import { access, bearer, operatorKey, path, tokenOf, withLogin } from './with-login.ts';

describe('S1: whose order it is', () => {
  it('S1: every call tells the order service who calls, so that it answers for nobody else', async () => {
    const { app, calls } = withLogin();
    const headers = bearer(await tokenOf({ sub: '2' }));
    for (const [each, init] of [
      [path, {}],
      [`${path}?wait=1`, {}],
      [`${path}/events`, {}],
      [`${path}/cancel`, { method: 'POST' }],
    ] as const)
      expect((await app.request(each, { ...init, headers })).status).toBe(404);
    const by = [
      ...calls.find.map(([, who]) => who),
      ...calls.wait.map(([, , who]) => who),
      ...calls.cancel.map(([, who]) => who),
    ];
    expect(by.map(({ caller }) => caller)).toEqual(Array(4).fill({ kind: 'customer', id: 'user 2', userId: 2 }));
  });

  it.each(['/api/v1/orders', '/api/v1/submit'])('S1, S3: %s: the user of the login is who orders', async (each) => {
    const { app, calls } = withLogin();
    const { userId: _, ...order } = seedOrder;
    const headers = bearer(await tokenOf({ sub: '2' }));
    for (const body of [order, { userId: 2, ...order }])
      expect((await app.request(each, post(JSON.stringify(body), headers))).status).toBeLessThan(300);
    expect(calls.submit.map(([submitted]) => submitted.userId)).toEqual([2, 2]);
    const refused = await readProblem(await app.request(each, post(JSON.stringify(seedOrder), headers)));
    expect(refused).toMatchObject({ status: 403, fields: ['userId'] });
    expect(calls.submit).toHaveLength(2);
  });

  it('S1: lists are of the caller’s own, and those of another user are refused', async () => {
    const coupons: UpstreamRequest[] = [];
    const coupon: Upstream = {
      ...awayUpstream,
      call: async (request) => {
        coupons.push(request);
        return { status: 200, body: { coupons: [], next: null } };
      },
    };
    const { app, calls } = gateway({}, undefined, { coupon }, access);
    const headers = bearer(await tokenOf({ sub: '2' }));
    for (const query of ['', '?userId=2']) {
      expect((await app.request(`/api/v1/orders${query}`, { headers })).status).toBe(200);
      expect((await app.request(`/api/v1/coupons${query}`, { headers })).status).toBe(200);
    }
    for (const each of ['orders', 'coupons'])
      expect(await readProblem(await app.request(`/api/v1/${each}?userId=1`, { headers }))).toMatchObject({
        status: 403,
        fields: ['userId'],
      });
    expect(calls.list.map(([{ userId }]) => userId)).toEqual([2, 2]);
    expect(coupons.map(({ path }) => path)).toEqual(Array(2).fill('/coupons?userId=2&after=0&limit=20'));
  });

  it('an operator, and a process of ours, acts for every user', async () => {
    const { app, calls } = withLogin({ cancel: async () => ({ outcome: 'cancelling', order: orderView() }) });
    for (const headers of [bearer(operatorKey), { 'system-token': token }]) {
      expect((await app.request(`${path}/cancel`, { method: 'POST', headers })).status).toBe(202);
      expect((await app.request('/api/v1/orders?userId=5', { headers })).status).toBe(200);
    }
    expect(calls.cancel.map(([, { caller }]) => caller.kind)).toEqual(['operator', 'operator']);
  });

  it('staff without a user have no orders', async () => {
    const { app, count } = withLogin();
    const headers = bearer(await tokenOf({ sub: 'ann', roles: 'staff' }));
    expect((await app.request('/api/v1/orders', { headers })).status).toBe(403);
    expect((await app.request('/api/v1/orders', post(JSON.stringify(seedOrder), headers))).status).toBe(403);
    expect(count()).toBe(0);
  });
});

type Operation = { security?: object[]; responses: Record<string, unknown> };
const documentOf = async (app: ReturnType<typeof buildApp>) =>
  (await (await app.request('/openapi.json')).json()) as {
    paths: Record<string, Record<string, Operation>>;
    components: { securitySchemes: object };
  };

describe('S5: every route of the OpenAPI document', () => {
  const joined = { gift: awayUpstream };
  const parts = () => ({
    upstreams: forEachUpstream(() => awayUpstream),
    publicUrl: 'https://shop.example',
    systemToken: token,
    log: silent,
  });

  it('S5: answers nobody without a login, but those that are marked as public', async () => {
    const orders = fakeOrders();
    const app = buildApp({ ...parts(), orders: orders.client, access, joined });
    const { paths, components } = await documentOf(app);
    const all = Object.entries(paths).flatMap(([each, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ each, method, operation })),
    );
    const open: string[] = [];
    for (const { each, method, operation } of all) {
      const place = each.replaceAll(/\{\w+\}/g, orderId);
      if (operation.security?.length === 0) {
        open.push(`${method} ${each}`);
        continue;
      }
      for (const headers of [
        {},
        { authorization: 'Bearer abc' },
        { cookie: 'quadrille-token=abc; __Host-quadrille-token=abc' },
      ]) {
        const response = await app.request(place, { method: method.toUpperCase(), headers });
        expect([each, method, response.status]).toEqual([each, method, 401]);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
        expect(response.headers.get('content-type')).toBe('application/problem+json');
      }
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403']));
    }
    expect(orders.count()).toBe(0);
    expect(components.securitySchemes).toHaveProperty('login');
    expect(open.sort()).toEqual(
      [
        ...['get /', 'get /shop/{file}', 'get /openapi.json', 'get /apis/swagger/{file}', 'get /health', 'get /ready'],
        ...[
          'get /api/v1/products',
          'get /api/v1/products/{productId}',
          'get /api/v1/session',
          'post /api/v1/payments/webhook',
        ],
        ...['get /login', 'get /login/callback', 'post /logout'],
        ...['get /api/v1/gift/public/{path}', 'post /api/v1/gift/public/{path}'],
      ].sort(),
    );
  });

  it('S5: hands a joined service who calls, whatever the client says about itself', async () => {
    const requests: UpstreamRequest[] = [];
    const send: Upstream['send'] = async (request) => {
      requests.push(request);
      return { status: 200, headers: {}, body: Buffer.from('{}') };
    };
    const app = buildApp({
      ...parts(),
      orders: fakeOrders().client,
      access,
      joined: { gift: { ...awayUpstream, send } },
    });
    const lies = callerHeaders({ kind: 'operator', id: 'me', userId: 1 });
    const headers = { ...lies, ...bearer(await tokenOf({ sub: '2', roles: ['staff'] })) };
    await app.request('/api/v1/gift/wishes', { headers });
    await app.request('/api/v1/gift/public/wishes', { headers: lies });
    expect(requests.map(({ headers: sent }) => readCaller(new Headers(sent)))).toEqual([
      { kind: 'staff', id: 'user 2', userId: 2 },
      { kind: 'anyone' },
    ]);
    expect(Object.keys(requests[1]?.headers ?? {})).toEqual(['traceparent']);
  });

  it.each(['..', '%2e%2e', '.%2E', 'x/../..', '.'])(
    'S5: no way leads from what is public to the rest: public/%s',
    async (way) => {
      const asked: string[] = [];
      const send: Upstream['send'] = async (request) => {
        asked.push(request.path);
        return { status: 200, headers: {}, body: Buffer.from('{}') };
      };
      const joined = { gift: { ...awayUpstream, send } };
      const app = buildApp({ ...parts(), orders: fakeOrders().client, access, joined });
      const gatewayServer = await listen(() => app.fetch, { host: '127.0.0.1', port: 0, log: silent });
      onTestFinished(() => gatewayServer.close());
      // By hand: a client of ours would take the dots away before it sends.
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const options = { host: '127.0.0.1', port: gatewayServer.port, path: `/api/v1/gift/public/${way}/wishes` };
        get(options, resolve).on('error', reject);
      });
      answer.resume();
      expect(answer.statusCode).toBe(way === '.' ? 200 : 401);
      expect(asked).toEqual(way === '.' ? ['/api/v1/gift/public/wishes'] : []);
    },
  );
});
