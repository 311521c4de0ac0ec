import { hashKey, makeKey } from '@quadrille/gateway/login/api-keys';
import { servicesWithApi } from '@quadrille/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const keys = { one: makeKey(), two: makeKey(), operator: makeKey() };
const as = (who: keyof typeof keys) => ({ authorization: `Bearer ${keys[who]}` });
const order = { productId: 1, amount: 1100, productCount: 1, couponId: 0 };

describe('S1: two users of one system', () => {
  let system: System;
  beforeAll(async () => {
    const lines = [
      `1:customer:${hashKey(keys.one)}`,
      `2:customer:${hashKey(keys.two)}`,
      `ops:operator:${hashKey(keys.operator)}`,
    ];
    system = await startSystem({ env: { GATEWAY_API_KEYS: lines.join('\n') } });
  });
  afterAll(() => system?.stop());

  type View = { orderId: string; userId: number; status: string; payment: { paymentId: string } | null };
  const submit = async (who: keyof typeof keys, idempotencyKey: string) => {
    const { status, body } = await system.call<View>('POST', '/api/v1/orders', order, {
      ...as(who),
      'idempotency-key': idempotencyKey,
    });
    expect(status).toBe(202);
    return body.orderId;
  };
  const read = async (who: keyof typeof keys, orderId: string) =>
    (await system.call<View>('GET', `/api/v1/orders/${orderId}`, undefined, as(who))).body;

  it('S1: neither reads, follows, pays or cancels the other’s order: it is one that there is not', async () => {
    const orderId = await submit('one', 'my-first');
    const placed = await until('a placed order', async () => {
      const found = await read('one', orderId);
      return found.payment ? found : null;
    });
    expect(placed.userId).toBe(1);
    const paths = [
      ['GET', `/api/v1/orders/${orderId}`],
      ['GET', `/api/v1/orders/${orderId}?wait=60&until=final`],
      ['GET', `/api/v1/orders/${orderId}/events`],
      ['POST', `/api/v1/orders/${orderId}/cancel`],
      ['GET', `/pay/${placed.payment?.paymentId}`],
    ] as const;
    for (const [method, path] of paths) {
      expect([path, (await system.call(method, path, undefined, as('two'))).status]).toEqual([path, 404]);
      expect([path, (await system.call(method, path)).status]).toEqual([path, 401]);
    }
    const form = { method: 'POST', body: new URLSearchParams({ action: 'decline' }), redirect: 'manual' } as const;
    const pay = (who: keyof typeof keys) =>
      fetch(`${system.stack.urls.gateway}/pay/${placed.payment?.paymentId}`, { ...form, headers: as(who) });
    expect((await pay('two')).status).toBe(404);
    expect(await read('one', orderId)).toEqual(placed);
    const { body } = await system.call<{ orders: View[] }>('GET', '/api/v1/orders', undefined, as('two'));
    expect(body.orders).toEqual([]);
    expect((await pay('one')).status).toBe(303);
    await until('the cancellation', async () => (await read('one', orderId)).status === 'cancelled');
  });

  it('S1: an idempotency key of one leads the other to an order of their own', async () => {
    const mine = await submit('one', 'a-key');
    expect(await submit('one', 'a-key')).toBe(mine);
    const theirs = await submit('two', 'a-key');
    expect(theirs).not.toBe(mine);
    expect([(await read('operator', mine)).userId, (await read('operator', theirs)).userId]).toEqual([1, 2]);
    expect((await system.call('POST', `/api/v1/orders/${mine}/cancel`, undefined, as('operator'))).status).toBe(202);
  });

  it.each(servicesWithApi)(
    'S5: %s answers nobody without the token of the system, whoever they say they are',
    async (name) => {
      for (const headers of [
        {},
        { 'system-token': 'x'.repeat(64) },
        { 'caller-kind': 'operator', 'caller-id': 'me' },
        as('operator'),
      ])
        for (const path of ['/', '/orders?userId=1&limit=1', '/products', '/coupons?userId=1', '/pay/1', '/webhook'])
          expect((await fetch(new URL(path, system.stack.urls[name]), { headers })).status).toBe(401);
    },
  );
});
