import type { Log } from '@quadrille/process/log';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../app.ts';
import type { OrdersClient } from '../orders-client.ts';
import { ServiceUnavailable } from '../upstream.ts';
import { forEachUpstream } from '../upstreams.ts';
import { awayUpstream, fakeOrders, orderId, orderView, post, seedOrder, token } from './fake-orders.ts';

type Line = { level: string; fields: Record<string, unknown>; message: string };

const logging = (answers: Partial<OrdersClient> = {}) => {
  const lines: Line[] = [];
  const write = (level: string) => (fields: Record<string, unknown>, message: string) =>
    lines.push({ level, fields, message });
  const levels = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const log = { isLevelEnabled: () => true, ...levels } as unknown as Log;
  const parts = {
    orders: fakeOrders(answers).client,
    upstreams: forEachUpstream(() => awayUpstream),
    publicUrl: 'https://shop.example',
    systemToken: token,
    access: { kind: 'off' } as const,
    log,
  };
  return { lines, app: buildApp(parts) };
};

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const traceId = '0af7651916cd43dd8448eb211c80319c';
const body = JSON.stringify(seedOrder);

describe('the log', () => {
  it('has one line of a submission, with its order and trace', async () => {
    const { app, lines } = logging();
    await app.request('/api/v1/orders', post(body, { traceparent }));
    const fields = { orderId, traceId, status: 202, ms: expect.any(Number) };
    expect(lines).toEqual([{ level: 'info', fields, message: 'POST /api/v1/orders' }]);
  });

  it('has one line of a refused submission, with nothing of what was sent', async () => {
    const { app, lines } = logging();
    const canaries = '{"userId":"canary-1","canary-2":["canary-3"]}';
    await app.request('/api/v1/orders?canary-4', post(canaries, { cookie: 'canary-5', authorization: 'canary-6' }));
    expect(lines).toMatchObject([{ level: 'info', fields: { status: 400 } }]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('has readings at debug', async () => {
    const { app, lines } = logging({ find: async () => orderView() });
    await app.request(`/api/v1/orders/${orderId}`);
    expect(lines).toMatchObject([{ level: 'debug', fields: { orderId, status: 200 } }]);
  });

  it('has no id that is not one', async () => {
    const { app, lines } = logging();
    await app.request('/api/v1/orders/canary');
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it.each([
    ['warn', new ServiceUnavailable('away'), 503],
    ['error', new Error('broken'), 500],
  ])('is at %s when a call fails, with the trace id that the client got', async (level, err, status) => {
    const { app, lines } = logging({ submit: () => Promise.reject(err) });
    await app.request('/api/v1/orders', post(body, { traceparent }));
    expect(lines).toMatchObject([{ level, fields: { traceId, status, err } }]);
  });
});
