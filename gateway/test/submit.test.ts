import { describe, expect, it } from 'vitest';
import { ServiceUnavailable } from '../upstream.ts';
import { gateway, orderId, post, readProblem, seedOrder } from './fake-orders.ts';

const body = JSON.stringify(seedOrder);
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('POST /api/v1/orders', () => {
  it('takes the order and says where to read it', async () => {
    const { app, calls } = gateway();
    const response = await app.request('/api/v1/orders', post(body));
    expect(response.status).toBe(202);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      location: `/api/v1/orders/${orderId}`,
      'retry-after': '1',
    });
    expect(await response.json()).toEqual({
      orderId,
      status: 'submitted',
      links: { self: `/api/v1/orders/${orderId}`, cancel: `/api/v1/orders/${orderId}/cancel` },
    });
    expect(calls.submit.map(([order]) => order)).toEqual([seedOrder]);
  });

  it.each([
    ['without a coupon', { couponId: undefined }, { ...seedOrder, couponId: 0 }],
    ['with coupon 0', { couponId: 0 }, { ...seedOrder, couponId: 0 }],
    [
      'with the largest numbers',
      { amount: 1e12, productCount: 1e6 },
      { ...seedOrder, amount: 1e12, productCount: 1e6 },
    ],
  ])('takes an order %s', async (_what, changes, expected) => {
    const { app, calls } = gateway();
    const response = await app.request('/api/v1/orders', post(JSON.stringify({ ...seedOrder, ...changes })));
    expect(response.status).toBe(202);
    expect(calls.submit.map(([order]) => order)).toEqual([expected]);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'takes %s',
    async (contentType) => {
      const { app } = gateway();
      const response = await app.request('/api/v1/orders', post(body, { 'content-type': contentType }));
      expect(response.status).toBe(202);
    },
  );

  it("goes on with the caller's trace", async () => {
    const { app, calls } = gateway();
    await app.request('/api/v1/orders', post(body, { traceparent }));
    expect(calls.submit[0]?.[1]).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(calls.submit[0]?.[1]).not.toBe(traceparent);
  });

  it('begins a trace when the caller sends nonsense', async () => {
    const { app, calls } = gateway();
    await app.request('/api/v1/orders', post(body, { traceparent: 'nonsense' }));
    expect(calls.submit[0]?.[1]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('answers 503 with Retry-After while the order service is away', async () => {
    const submit = () => Promise.reject(new ServiceUnavailable('The order service cannot be reached.'));
    const response = await gateway({ submit }).app.request('/api/v1/orders', post(body));
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await readProblem(response)).toMatchObject({ status: 503, type: 'application/problem+json' });
  });

  it('tells nothing of an unexpected error but the trace id', async () => {
    const submit = () => Promise.reject(new Error('secret at /srv/app.ts:7'));
    const response = await gateway({ submit }).app.request('/api/v1/orders', post(body, { traceparent }));
    const { body: problem } = await readProblem(response);
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      instance: '0af7651916cd43dd8448eb211c80319c',
    });
  });
});

describe("POST /api/v1/submit, the article's call", () => {
  it.each([
    ['userID', { userID: 1, productID: 1, amount: 1100, productCount: 1, couponID: 1 }, seedOrder],
    ['userid', { userid: 1, productid: 1, AMOUNT: 1100, productcount: 1, couponid: 0 }, { ...seedOrder, couponId: 0 }],
    ['no coupon', { userId: 1, productId: 1, amount: 1100, productCount: 1 }, { ...seedOrder, couponId: 0 }],
  ])('takes %s', async (_what, sent, expected) => {
    const { app, calls } = gateway();
    const response = await app.request('/api/v1/submit', post(JSON.stringify(sent)));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ code: 0, msg: 'ok', data: { orderId } });
    expect(calls.submit.map(([order]) => order)).toEqual([expected]);
  });
});
