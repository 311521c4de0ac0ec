import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient, type Order } from '../client.ts';
import { type Answer, cutOff, order, orderId, problem, serve } from './api.ts';

afterEach(() => {
  vi.useRealTimers();
});

const eventOf = (state: Order) => `event: order\nid: ${state.version}\ndata: ${JSON.stringify(state)}\n\n`;

/** A stream that says this and then ends, breaks, or stays open. */
const stream =
  (said: string, end: 'ends' | 'breaks' | 'stays'): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (end === 'ends') response.end(said);
    else response.write(said, () => end === 'breaks' && response.destroy());
  };

const first = order();
const second = order({ version: 2, status: 'stock-reserved' });
const last = order({ version: 3, status: 'cancelled', final: true });

/** Reads to the end. */
const all = async (states: AsyncIterable<Order>) => {
  const seen: number[] = [];
  for await (const { version } of states) seen.push(version);
  return seen;
};

describe('follow', () => {
  it('tells each state until the order is final, and then ends', async () => {
    const said = `retry: 1000\n\n${eventOf(first)}: still here\n\n${eventOf(second)}${eventOf(last)}`;
    const { baseUrl, asked } = await serve(stream(said, 'stays'));
    expect(await all(createClient({ baseUrl }).follow(orderId))).toEqual([1, 2, 3]);
    expect(asked).toMatchObject([
      { call: `GET /api/v1/orders/${orderId}/events`, headers: { accept: 'text/event-stream' } },
    ]);
  });

  it('connects again, after the last state it has seen', async () => {
    const half = eventOf(second).slice(0, 40);
    const { baseUrl, asked } = await serve(
      cutOff,
      stream(eventOf(first), 'ends'),
      problem(503, 'The order service is away.', { 'retry-after': '0' }),
      stream(half, 'breaks'),
      stream(eventOf(second), 'breaks'),
      stream(eventOf(last), 'ends'),
    );
    expect(await all(createClient({ baseUrl }).follow(orderId))).toEqual([1, 2, 3]);
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, undefined, '1', '1', '1', '2']);
  });

  it('ends when the order became final while it was away', async () => {
    const { baseUrl } = await serve(stream(eventOf(first), 'ends'), (response) => void response.writeHead(204).end());
    expect(await all(createClient({ baseUrl }).follow(orderId))).toEqual([1]);
  });

  it('throws when it is refused', async () => {
    const { baseUrl, asked } = await serve(problem(404, 'There is no such order'));
    const following = all(createClient({ baseUrl }).follow(orderId));
    await expect(following).rejects.toMatchObject({ kind: 'refused', problem: { status: 404 } });
    expect(asked).toHaveLength(1);
  });

  it('closes the stream when the loop is left', async () => {
    const left = Promise.withResolvers<void>();
    const { baseUrl } = await serve((response, ...rest) => {
      response.on('close', () => left.resolve());
      stream(eventOf(first), 'stays')(response, ...rest);
    });
    for await (const state of createClient({ baseUrl }).follow(orderId)) {
      expect(state).toEqual(first);
      break;
    }
    await left.promise;
  });

  it('rejects with the reason of its signal, while it listens and while it pauses', async () => {
    const { baseUrl } = await serve(stream(eventOf(first), 'stays'), problem(503, 'away', { 'retry-after': '60' }));
    for (const _ of ['listens', 'pauses']) {
      const leaving = new AbortController();
      const following = all(createClient({ baseUrl }).follow(orderId, { signal: leaving.signal }));
      setTimeout(() => leaving.abort(new Error('the page was left')), 300);
      await expect(following).rejects.toThrow('the page was left');
    }
  });

  it('takes a stream that has fallen silent for broken', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const said = Promise.withResolvers<void>();
    const { baseUrl, asked } = await serve(stream(eventOf(first), 'stays'), stream(eventOf(last), 'ends'));
    const seen: number[] = [];
    const following = (async () => {
      for await (const { version } of createClient({ baseUrl }).follow(orderId)) {
        seen.push(version);
        said.resolve();
      }
    })();
    await said.promise;
    while (asked.length < 2) {
      await vi.advanceTimersByTimeAsync(1_000);
      await new Promise(setImmediate);
    }
    await following;
    expect(seen).toEqual([1, 3]);
  });
});
