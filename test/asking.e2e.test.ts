import { type Order, QuadrilleError } from '@quadrille/client';
import { findInconsistencies } from '@quadrille/stack/consistency';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

const plain = { userId: 3, productId: 2, amount: 2200, productCount: 1, couponId: 0 };
const timeout = 60_000;

/** A raw event stream, to see what goes over the wire. */
const openStream = async (url: string, lastEventId?: number) => {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const response = await fetch(url, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const events = () =>
    [...text.matchAll(/^id: (\d+)\ndata: (.+)\n\n/gm)].map(([, id, data]) => [Number(id), JSON.parse(data ?? '')]);
  return {
    status: response.status,
    /** Reads until there are so many events; the versions and statuses of all so far. */
    receive: async (count: number): Promise<[number, Order['status']][]> => {
      while (events().length < count) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) break;
        text += value;
      }
      return events().map(([id, order]) => [id, order.status]);
    },
    leave: () => reader?.cancel(),
  };
};

describe('asking', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ env: { LOG_LEVEL: 'warn' } });
  });
  afterAll(() => system?.stop());

  const eventsOf = (orderId: string) => `${system.stack.urls.gateway}/api/v1/orders/${orderId}/events`;
  const ordersOf = async (userId: number) =>
    (
      await system.rows<{ id: string }>(
        `SELECT order_id AS id FROM eshop_order.orders WHERE user_id = ${userId} ORDER BY order_id DESC`,
      )
    ).map(({ id }) => id);
  /** With stock away, an order stays `submitted`. */
  const withoutStock = async (work: () => Promise<void>) => {
    await system.stack.kill('stock', 'SIGKILL');
    try {
      await work();
    } finally {
      await system.stack.restart('stock');
    }
  };

  it('100 identical submissions at once: one order, identical answers', async () => {
    const order = { ...plain, userId: 100 };
    const post = (body: object) =>
      system.call<{ orderId: string }>('POST', '/api/v1/orders', body, { 'idempotency-key': 'basket-7' });
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(order)));
    const told = new Set(
      answers.map(({ status, headers, body }) => JSON.stringify([status, headers.get('location'), body])),
    );
    expect(told.size).toBe(1);
    const [first] = answers;
    expect(first?.status).toBe(202);
    expect(await ordersOf(100)).toEqual([first?.body.orderId]);

    await system.orderWhen(first?.body.orderId ?? '', 'awaiting-payment');
    expect((await post(order)).body).toEqual(first?.body);
    expect((await post({ ...order, productCount: 2, amount: 4400 })).status).toBe(422);
    expect((await post({ ...order, userId: 101 })).body.orderId).not.toBe(first?.body.orderId);
    await system.settled();
    expect(await ordersOf(100)).toHaveLength(1);
    const reservations = await system.rows(
      `SELECT 1 FROM eshop_stock.reservations WHERE order_id IN (SELECT order_id FROM eshop_order.orders WHERE user_id = 100)`,
    );
    expect(reservations).toHaveLength(1);
  });

  it('submitAndWait over a gateway and an order service that are killed on the way: one order, placed', async () => {
    const shoppers = Array.from({ length: 20 }, (_, index) =>
      system.client.submitAndWait({ ...plain, userId: 200 + index }, { timeout }),
    );
    await system.stack.kill('gateway', 'SIGKILL');
    await system.stack.kill('order', 'SIGKILL');
    await system.stack.restart('gateway');
    await system.stack.restart('order');
    for (const { status } of await Promise.all(shoppers)) expect(status).toBe('awaiting-payment');
    for (let index = 0; index < 20; index++) expect(await ordersOf(200 + index)).toHaveLength(1);
  });

  it('a stream goes on over a kill of the gateway, where the client was', async () => {
    let orderId = '';
    const seen: Order[] = [];
    let following: Promise<void> | undefined;
    await withoutStock(async () => {
      orderId = await system.submit(plain);
      following = (async () => {
        for await (const order of system.client.follow(orderId)) seen.push(order);
      })();
      const before = await openStream(eventsOf(orderId));
      expect(await before.receive(1)).toEqual([[1, 'submitted']]);
      await until('the first state', async () => seen.length === 1);
      await system.stack.kill('gateway', 'SIGKILL');
      await expect(before.receive(2)).rejects.toThrow();
      await system.stack.restart('gateway');
    });
    const after = await openStream(eventsOf(orderId), 1);
    const [[firstVersion] = [0]] = await after.receive(1);
    expect(firstVersion).toBeGreaterThan(1);
    await after.leave();

    await system.orderWhen(orderId, 'awaiting-payment');
    await system.client.cancel(orderId);
    await following;
    const versions = seen.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(seen.map(({ status }) => status)).toEqual(expect.arrayContaining(['submitted', 'cancelled']));
    expect((await openStream(eventsOf(orderId), versions.at(-1))).status).toBe(204);
  });

  it('a stream stays open over a kill of the order service', async () => {
    const { orderId, version } = await system.client.submitAndWait(plain, { timeout });
    const stream = await openStream(eventsOf(orderId));
    expect(await stream.receive(1)).toEqual([[version, 'awaiting-payment']]);
    await system.stack.kill('order', 'SIGKILL');
    await system.stack.restart('order');
    await system.client.cancel(orderId);
    const told = await stream.receive(Number.POSITIVE_INFINITY);
    expect(told.at(-1)?.[1]).toBe('cancelled');
    const versions = told.map(([id]) => id);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it('500 clients that wait cost less than a statement each, and all are told', async () => {
    const patient: Promise<Order>[] = [];
    await withoutStock(async () => {
      const orderId = await system.submit(plain);
      const selects = async () =>
        Number((await system.rows<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_select'"))[0]?.Value);
      const wait = (seconds: number) => system.client.read(orderId, { wait: seconds, until: 'final' });
      const before = await selects();
      const impatient = await Promise.all(Array.from({ length: 500 }, () => wait(3)));
      expect((await selects()) - before).toBeLessThan(500);
      expect(new Set(impatient.map(({ status }) => status))).toEqual(new Set(['submitted']));

      for (let client = 0; client < 500; client++) patient.push(wait(60));
      await system.client.cancel(orderId);
    });
    expect(new Set((await Promise.all(patient)).map(({ status }) => status))).toEqual(new Set(['cancelled']));
  });

  it('while it is cancelling with stock away, every way of asking shows what is owed', async () => {
    await withoutStock(async () => {
      const orderId = await system.submit({ ...plain, userId: 300 });
      expect(await system.client.cancel(orderId)).toMatchObject({ status: 'cancelling', final: false });
      await until('only stock owes', async () => (await system.order(orderId)).pendingCompensations.join() === 'stock');
      const { orders } = await system.client.list({ userId: 300, status: 'cancelling' });
      expect(orders).toMatchObject([
        { orderId, pendingCompensations: ['stock'], reason: { code: 'cancelled-by-user' } },
      ]);
      const stream = await openStream(eventsOf(orderId));
      expect((await stream.receive(1)).map(([, status]) => status)).toEqual(['cancelling']);
      await stream.leave();
      // Once more does no harm.
      expect(await system.client.cancel(orderId)).toMatchObject({
        status: 'cancelling',
        pendingCompensations: ['stock'],
      });
    });
    const [{ orderId } = { orderId: '' }] = (await system.client.list({ userId: 300 })).orders;
    expect(await system.orderWhen(orderId, 'cancelled')).toMatchObject({ final: true, pendingCompensations: [] });
    await expect(system.client.cancel(orderId)).rejects.toMatchObject({ kind: 'refused', problem: { status: 409 } });
  });

  it('pages of orders stay as they are while orders come in', async () => {
    const userId = 400;
    for (let index = 0; index < 10; index++) await system.submit({ ...plain, userId });
    const expected = await ordersOf(userId);
    const listed: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await system.client.list({ userId, limit: 4, ...(cursor !== undefined && { cursor }) });
      listed.push(...page.orders.map(({ orderId }) => orderId));
      if (page.next === null) break;
      cursor = page.next;
      await system.submit({ ...plain, userId });
    }
    expect(listed).toEqual(expected);

    const { next } = await system.client.list({ userId, limit: 4 });
    const misused = await system.client.list({ userId: 3, cursor: next ?? '' }).catch((error) => error);
    expect(misused).toBeInstanceOf(QuadrilleError);
    expect(misused).toMatchObject({ problem: { status: 400, errors: [{ field: 'cursor' }] } });
  });

  it('all services agree', async () => {
    await system.settled();
    expect(await findInconsistencies(system.stack.opsEnv)).toEqual([]);
  });
});
