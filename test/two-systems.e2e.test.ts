import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@quadrille/client';
import { programOf } from '@quadrille/stack/bundle';
import { readCredentials } from '@quadrille/stack/credentials';
import { processEnv } from '@quadrille/stack/process-env';
import { type RunningProcess, startProcess } from '@quadrille/stack/processes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const order = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

/** Another program that has taken a port. */
const takePort = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

describe('C7: two systems on one machine', () => {
  let ours: System;
  let theirs: System;
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-foreign-'));
  const strangers: RunningProcess[] = [];

  beforeAll(async () => {
    [ours, theirs] = await Promise.all([startSystem(), startSystem()]);
  });
  afterAll(async () => {
    await Promise.all(strangers.map((process) => process.stop()));
    await Promise.all([ours?.stop(), theirs?.stop()]);
    rmSync(dir, { recursive: true, force: true });
  });

  const countOrders = async (system: System) => {
    const [row] = await system.rows<{ n: number }>('SELECT COUNT(*) AS n FROM eshop_order.orders');
    return Number(row?.n);
  };

  /** A gateway of one system that is told that the services are those of another. */
  const startGateway = async (label: string, credentials: System['stack']['credentials'], servicesOf: System) => {
    const { brokers, mysqlUrl, ports } = servicesOf.stack;
    const env = processEnv('gateway', { brokers, mysqlUrl, credentials, ports: { ...ports, gateway: 0 } });
    const logFile = join(dir, `${label}.log`);
    const running = await startProcess({ name: 'gateway', entry: await programOf('gateway'), env, logFile });
    strangers.push(running);
    await running.ready;
    return { url: `http://127.0.0.1:${await running.listening}`, log: () => readFileSync(logFile, 'utf8') };
  };

  it('C7: two systems that start in the same seconds share no port, and each stores its own orders', async () => {
    const ports = [ours, theirs].flatMap(({ stack }) => [...stack.processes.keys()].map((name) => stack.ports[name]));
    expect(new Set(ports).size).toBe(ports.length);
    const orderId = await ours.submit(order);
    await ours.orderWhen(orderId, 'awaiting-payment');
    expect([await countOrders(ours), await countOrders(theirs)]).toEqual([1, 0]);
  });

  it('C7: a gateway that is pointed at the services of another system stores nothing there, answers 503, and says which setting is wrong', async () => {
    const before = await countOrders(ours);
    const known = await ours.submit(order);
    const { payment } = await ours.orderWhen(known, 'awaiting-payment');
    const stranger = await startGateway('stranger', readCredentials(dir), ours);
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(stranger.url + path, init);
      await response.body?.cancel();
      return { path, status: response.status, type: response.headers.get('content-type') };
    };
    const body = JSON.stringify(order);
    const headers = { 'content-type': 'application/json' };
    const problem = { status: 503, type: 'application/problem+json' };
    for (const path of ['/api/v1/orders', '/api/v1/submit'])
      expect(await ask(path, { method: 'POST', body, headers })).toEqual({ path, ...problem });
    for (const path of [
      `/api/v1/orders/${known}`,
      `/api/v1/orders/${known}?wait=20`,
      `/api/v1/orders/${known}/events`,
      '/api/v1/orders?userId=1',
      '/api/v1/products',
      '/api/v1/products/1',
      '/api/v1/coupons?userId=1',
      '/ready',
    ])
      expect(await ask(path)).toEqual({ path, ...problem });
    for (const path of [`/api/v1/orders/${known}/cancel`, '/api/v1/payments/webhook'])
      expect(await ask(path, { method: 'POST', headers })).toEqual({ path, ...problem });
    expect(await ask(`/pay/${payment?.paymentId}`)).toMatchObject({
      status: 503,
      type: expect.stringContaining('html'),
    });
    expect((await ask('/health')).status).toBe(200);

    const errors = stranger
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":50'));
    expect(errors.length).toBeGreaterThan(8);
    for (const line of errors) expect(line).toContain('SYSTEM_TOKEN');
    expect(await countOrders(ours)).toBe(before + 1);
    expect((await ours.order(known)).status).toBe('awaiting-payment');
    expect(await countOrders(theirs)).toBe(0);
  });

  it('C7: a gateway with the token of the system works, and the provider reaches pay through it', async () => {
    const gateway = await startGateway('own', ours.stack.credentials, ours);
    const client = createClient({ baseUrl: gateway.url });
    const placed = await client.submitAndWait(order, { timeout: 60_000 });
    const { payment } = await ours.orderWhen(placed.orderId, 'awaiting-payment');
    await fetch(`${gateway.url}/pay/${payment?.paymentId}`, {
      method: 'POST',
      body: new URLSearchParams({ action: 'pay' }),
      redirect: 'manual',
    });
    expect((await ours.orderWhen(placed.orderId, 'paid')).status).toBe('paid');
  });

  it('C7: a process whose port was taken while it was down gets another, and the others find it there', async () => {
    for (const name of ['order', 'gateway'] as const) {
      const before = ours.stack.ports[name];
      await ours.stack.kill(name, 'SIGKILL');
      const other = await until('the port', () => takePort(before).catch(() => null));
      await ours.stack.restart(name);
      expect(ours.stack.ports[name]).not.toBe(before);
      const client = createClient({ baseUrl: ours.stack.urls.gateway });
      const { orderId, payment } = await until('a placed order', async () => {
        const found = await client.submitAndWait(order, { timeout: 60_000 }).catch(() => null);
        return found?.payment ? found : null;
      });
      await fetch(`${ours.stack.urls.gateway}/pay/${payment?.paymentId}`, {
        method: 'POST',
        body: new URLSearchParams({ action: 'pay' }),
        redirect: 'manual',
      });
      await until('the payment', async () => (await client.read(orderId)).status === 'paid');
      other.close();
    }
  });
});
