import { createLoad } from '@quadrille/process/load';
import { describe, expect, it } from 'vitest';
import { createAdmission } from '../admission.ts';
import { buildApp } from '../app.ts';
import type { Client } from '../client.ts';
import { createHeldCalls } from '../held-calls.ts';
import type { OrdersClient } from '../orders-client.ts';
import { createRateLimits } from '../rate-limits.ts';
import { forEachUpstream } from '../upstreams.ts';
import {
  awayUpstream,
  fakeOrders,
  orderId,
  orderView,
  post,
  readProblem,
  seedOrder,
  silent,
  token,
} from './fake-orders.ts';

type Limits = {
  readonly rates?: Partial<Parameters<typeof createRateLimits>[0]>;
  readonly concurrency?: number;
  readonly held?: Parameters<typeof createHeldCalls>[0];
};

const start = (answers: Partial<OrdersClient>, { rates, concurrency, held }: Limits) => {
  const orders = fakeOrders(answers);
  const limits = createRateLimits({ address: undefined, user: undefined, key: undefined, ...rates });
  const heldCalls = createHeldCalls(held);
  const app = buildApp({
    orders: orders.client,
    upstreams: forEachUpstream(() => awayUpstream),
    publicUrl: 'https://shop.example',
    systemToken: token,
    access: { kind: 'off' },
    log: silent,
    held: heldCalls,
    // The tests say who calls by headers.
    clientOf: (c): Client => {
      const [user, key] = [c.req.header('x-user'), c.req.header('x-key')];
      return { address: c.req.header('x-address') ?? '198.51.100.1', ...(user && { user }), ...(key && { key }) };
    },
    admit: createAdmission({ rates: limits, load: createLoad({ concurrency }), log: silent }),
  });
  const submit = (headers: Record<string, string> = {}) =>
    app.request('/api/v1/orders', post(JSON.stringify(seedOrder), headers));
  return { app, submit, held: heldCalls, count: orders.count };
};

const twice = { count: 2, ms: 60_000 };

describe('rates', () => {
  it.each([
    ['address', 'x-address', '203.0.113.7', '203.0.113.8'],
    ['user', 'x-user', '7', '8'],
    ['key', 'x-key', 'one', 'other'],
  ])(
    'S4: an %s beyond its rate gets 429, says when it may again, and others do not notice',
    async (name, header, one, other) => {
      const { submit, count } = start({}, { rates: { [name]: twice } });
      const first = await submit({ [header]: one });
      expect(first.status).toBe(202);
      expect(first.headers.get('ratelimit-policy')).toBe(`"${name}";q=2;w=60`);
      expect(first.headers.get('ratelimit')).toMatch(new RegExp(`^"${name}";r=1;t=\\d+$`));
      expect((await submit({ [header]: one })).status).toBe(202);

      const refused = await submit({ [header]: one });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const { status, type, body } = await readProblem(refused);
      expect([status, type, body['violated-policies']]).toEqual([429, 'application/problem+json', [name]]);
      expect(count()).toBe(2);
      expect((await submit({ [header]: other })).status).toBe(202);
    },
  );

  it('S4: all addresses of one household count as one', async () => {
    const { submit } = start({}, { rates: { address: twice } });
    expect((await submit({ 'x-address': '2001:db8::1' })).status).toBe(202);
    expect((await submit({ 'x-address': '2001:db8:0:0:ffff::1' })).status).toBe(202);
    expect((await submit({ 'x-address': '2001:db8::2:1' })).status).toBe(429);
    expect((await submit({ 'x-address': '2001:db8:0:1::1' })).status).toBe(202);
  });

  it('are off unless set, and say nothing then', async () => {
    const { submit } = start({}, {});
    for (let call = 0; call < 20; call++) {
      const answer = await submit();
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([202, null]);
    }
  });

  it('never refuse to say how the process does, nor the payment provider', async () => {
    const { app } = start({}, { rates: { address: { count: 1, ms: 60_000 } } });
    for (let call = 0; call < 3; call++) {
      expect((await app.request('/health')).status).toBe(200);
      expect((await app.request('/ready')).status).toBe(200);
      expect((await app.request('/api/v1/payments/webhook', post('{}'))).status).toBe(503);
    }
  });
});

describe('load', () => {
  const slow = () => {
    const answer = Promise.withResolvers<{ orderId: string }>();
    return { answer, submit: () => answer.promise };
  };

  it('R52: what is too much is refused before what was taken is answered, and then calls are taken again', async () => {
    const { answer, submit: slowly } = slow();
    const { submit, app, count } = start({ submit: slowly }, { concurrency: 2 });
    const taken = [submit(), submit()];
    const refused = await submit();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await app.request('/health')).status).toBe(200);
    answer.resolve({ orderId });
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([202, 202]);
    expect(count()).toBe(2);
    expect((await submit()).status).toBe(202);
  });

  it('takes everything when it is off', async () => {
    const { answer, submit: slowly } = slow();
    const { submit } = start({ submit: slowly }, {});
    const taken = Array.from({ length: 50 }, () => submit());
    answer.resolve({ orderId });
    expect(new Set((await Promise.all(taken)).map(({ status }) => status))).toEqual(new Set([202]));
  });
});

describe('calls that wait', () => {
  const waiting: Partial<OrdersClient> = {
    find: async () => orderView(),
    next: (...[, , , signal]) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  };
  const follow = (app: ReturnType<typeof start>['app'], address: string) =>
    app.request(`/api/v1/orders/${orderId}/events`, { headers: { 'x-address': address } });

  it('S4: of one address and in all have a limit, and whoever leaves makes room', async () => {
    const { app, held } = start(waiting, { held: { most: 2, mostOfAddress: 1 } });
    const one = await follow(app, 'a');
    expect((await follow(app, 'a')).status).toBe(429);
    expect((await follow(app, 'b')).status).toBe(200);
    expect((await follow(app, 'c')).status).toBe(503);
    await one.body?.cancel();
    await expect.poll(async () => (await follow(app, 'a')).status).toBe(200);
    held.release();
  });

  it('are no load', async () => {
    const { app, submit, held } = start(waiting, { concurrency: 1 });
    await follow(app, 'a');
    expect((await submit()).status).toBe(202);
    held.release();
  });

  it('S4: end for a client that does not read', async () => {
    const { held } = start({}, {});
    const left = Promise.withResolvers<void>();
    held.stream(
      new AbortController().signal,
      { client: { address: 'a' }, startWaiting: () => {} },
      async (write, signal) => {
        signal.addEventListener('abort', () => left.resolve());
        while (!signal.aborted) write('more');
      },
    );
    await left.promise;
  });
});
