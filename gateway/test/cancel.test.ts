import { describe, expect, it } from 'vitest';
import { ServiceUnavailable } from '../upstream.ts';
import { gateway, orderId, orderView, readProblem } from './fake-orders.ts';

const path = `/api/v1/orders/${orderId}/cancel`;
const method = 'POST';

describe('POST /api/v1/orders/{orderId}/cancel', () => {
  it('answers 202 with the order that is being cancelled', async () => {
    const order = orderView({ status: 'cancelling', version: 3, owed: ['stock', 'coupon'] });
    const { app, calls } = gateway({ cancel: async () => ({ outcome: 'cancelling', order }) });
    const response = await app.request(path, { method });
    expect(response.status).toBe(202);
    expect(response.headers.get('etag')).toBe('"3"');
    expect(await response.json()).toEqual({ ...order, links: { self: `/api/v1/orders/${orderId}` } });
    expect(calls.cancel[0]?.[0]).toBe(orderId);
  });

  it.each(['paid', 'cancelled'] as const)('answers 409 with the status of a %s order', async (status) => {
    const order = orderView({ status, final: true });
    const { app } = gateway({ cancel: async () => ({ outcome: 'final', order }) });
    const problem = await readProblem(await app.request(path, { method }));
    expect(problem).toMatchObject({ status: 409, type: 'application/problem+json', body: { orderStatus: status } });
  });

  it('answers 404 for an unknown order', async () => {
    expect(await readProblem(await gateway().app.request(path, { method }))).toMatchObject({ status: 404 });
  });

  it('answers 503 while the order service is away', async () => {
    const cancel = () => Promise.reject(new ServiceUnavailable('away'));
    const problem = await readProblem(await gateway({ cancel }).app.request(path, { method }));
    expect(problem).toMatchObject({ status: 503, type: 'application/problem+json' });
  });

  it.each(['/api/v1/orders/7/cancel', `/api/v1/orders/${'9'.repeat(5_000)}/cancel`])('refuses %s', async (bad) => {
    const { app, count } = gateway();
    const problem = await readProblem(await app.request(bad, { method }));
    expect(problem).toMatchObject({ status: 400, fields: ['orderId'] });
    expect(count()).toBe(0);
  });
});
