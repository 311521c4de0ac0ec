import type { OrderView } from '@quadrille/contracts/orders-http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHeldCalls } from '../held-calls.ts';
import type { OrdersClient } from '../orders-client.ts';
import { ServiceUnavailable } from '../upstream.ts';
import { gateway, orderId, orderView, readProblem } from './fake-orders.ts';

afterEach(() => {
  vi.useRealTimers();
});

const path = `/api/v1/orders/${orderId}/events`;
const links = { self: `/api/v1/orders/${orderId}`, cancel: `/api/v1/orders/${orderId}/cancel` };
const eventOf = (order: OrderView, its: object = links) =>
  `event: order\nid: ${order.version}\ndata: ${JSON.stringify({ ...order, links: its })}\n\n`;

const reserved = orderView({ version: 2, status: 'stock-reserved' });
const cancelled = orderView({ version: 5, status: 'cancelled', final: true });

/** `next` answers one after the other what the test hands in; until then it waits, as the feed would. */
const feedOf = () => {
  const waiting: PromiseWithResolvers<OrderView | undefined>[] = [];
  let asked = 0;
  const at = (index: number) => {
    waiting[index] ??= Promise.withResolvers<OrderView | undefined>();
    // It may fail before it is asked for.
    waiting[index].promise.catch(() => {});
    return waiting[index];
  };
  const next: OrdersClient['next'] = (...[, , , signal]) =>
    Promise.race([
      at(asked++).promise,
      new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    ]);
  let told = 0;
  return {
    next,
    tell: (order: OrderView | undefined) => at(told++).resolve(order),
    fail: (error: Error) => at(told++).reject(error),
  };
};

const follow = async (order: OrderView, lastEventId?: string) => {
  const feed = feedOf();
  const held = createHeldCalls();
  const { app, calls } = gateway({ find: async () => order, next: feed.next }, held);
  const leaving = new AbortController();
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await app.request(new Request(`http://gateway${path}`, { headers, signal: leaving.signal }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    app,
    response,
    feed,
    held,
    calls,
    leave: () => leaving.abort(),
    /** What the stream says from here on, until it has said this much or ends. */
    receive: async (atLeast = Number.POSITIVE_INFINITY) => {
      while (text.length < atLeast) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) break;
        text += value;
      }
      const received = text;
      text = '';
      return received;
    },
  };
};

const beginning = 'retry: 1000\n\n';

describe('GET /api/v1/orders/{orderId}/events', () => {
  it('tells the order as it is, then each change, and ends when it is final', async () => {
    const { response, feed, receive, calls } = await follow(orderView());
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    expect(await receive(1)).toBe(beginning + eventOf(orderView()));
    feed.tell(reserved);
    expect(await receive(1)).toBe(eventOf(reserved));
    feed.tell(cancelled);
    expect(await receive()).toBe(eventOf(cancelled, { self: links.self }));
    expect(calls.next.map(([id, until, version]) => [id, until, version])).toEqual([
      [orderId, 'change', 1],
      [orderId, 'change', 2],
    ]);
  });

  it('of an order that is final tells that and ends', async () => {
    const { receive, calls } = await follow(cancelled);
    expect(await receive()).toBe(beginning + eventOf(cancelled, { self: links.self }));
    expect(calls.next).toEqual([]);
  });

  it.each([
    ['what it has missed, first', '1', beginning + eventOf(reserved)],
    ['nothing that it has seen', '2', beginning],
    ['the present state if it names no version of ours', 'seven', beginning + eventOf(reserved)],
    ['the present state if it names one beyond counting', '9'.repeat(40), beginning + eventOf(reserved)],
  ])('tells who comes back with Last-Event-ID %s', async (_what, lastEventId, expected) => {
    const { receive, feed, calls } = await follow(reserved, lastEventId);
    expect(await receive(1)).toBe(expected);
    expect(calls.next.map((call) => call[2])).toEqual([2]);
    feed.tell(cancelled);
    expect(await receive()).toBe(eventOf(cancelled, { self: links.self }));
  });

  it('sends away for good who comes back and has seen the end', async () => {
    const { response } = await follow(cancelled, '5');
    expect(response.status).toBe(204);
    expect(response.body).toBeNull();
  });

  it('is silent about the order service going away and coming back', async () => {
    const { feed, receive, calls } = await follow(reserved);
    await receive(1);
    feed.fail(new ServiceUnavailable('away'));
    feed.fail(new ServiceUnavailable('still away'));
    feed.tell(cancelled);
    expect(await receive()).toBe(eventOf(cancelled, { self: links.self }));
    expect(calls.next.map((call) => call[2])).toEqual([2, 2, 2]);
  });

  it('breaks off, so that the client connects again, when something unexpected fails', async () => {
    const { feed, receive } = await follow(reserved);
    await receive(1);
    feed.fail(new Error('a fault of ours'));
    await expect(receive()).rejects.toThrow();
  });

  it('says every 15 s that it is still there', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { receive, feed } = await follow(reserved);
    await receive(1);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await receive(1)).toBe(': still here\n\n');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await receive(1)).toBe(': still here\n\n');
    feed.tell(cancelled);
    await receive();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when the process stops, and a later one at once', async () => {
    const { held, receive, calls, app } = await follow(reserved);
    await receive(1);
    held.release();
    expect(await receive()).toBe('');
    expect(calls.next[0]?.[3].aborted).toBe(true);
    expect(await (await app.request(path)).text()).toBe('');
  });

  it('is given up when the client leaves', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { leave, receive, calls } = await follow(reserved);
    await receive(1);
    leave();
    await receive();
    expect(calls.next[0]?.[3].aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is given up when nobody reads any more', async () => {
    const feed = feedOf();
    const { app, calls } = gateway({ find: async () => reserved, next: feed.next });
    const response = await app.request(path);
    await response.body?.cancel();
    expect(calls.next[0]?.[3].aborted).toBe(true);
  });

  it('HEAD follows nothing', async () => {
    const { app, calls } = gateway({ find: async () => reserved });
    const response = await app.request(path, { method: 'HEAD' });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(calls.next).toEqual([]);
  });

  it('answers 404 for an unknown order, 400 for no id, 503 while the order service is away: before a stream begins', async () => {
    expect(await readProblem(await gateway().app.request(path))).toMatchObject({ status: 404 });
    expect(await readProblem(await gateway().app.request('/api/v1/orders/7/events'))).toMatchObject({
      status: 400,
      fields: ['orderId'],
    });
    const away = gateway({ find: () => Promise.reject(new ServiceUnavailable('away')) });
    expect(await readProblem(await away.app.request(path))).toMatchObject({ status: 503 });
  });
});
