import { connect } from 'node:net';
import { type FeedAnswers, type FeedRequest, feedPath } from '@quadrille/contracts/orders-http';
import { serveHttp } from '@quadrille/process/http';
import { createLog } from '@quadrille/process/log';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../../test/support/until.ts';
import { createFeed } from '../feed.ts';
import type { Order } from '../schema.ts';
import { createWatch } from '../watch.ts';
import { after, historyOf } from './happenings.ts';

const log = createLog('order');
log.level = 'silent';
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const idOf = (index: number) => `0198f0d2-7c1e-7a52-9d3b-${String(index).padStart(12, '0')}`;
const orderId = idOf(0);
const orderAs = (status: keyof typeof historyOf, version: number, id = orderId): Order => ({
  ...after(...historyOf[status]),
  orderId: id,
  version,
});

/** The order service's HTTP API with these orders in its database. */
const start = async (...stored: Order[]) => {
  const rows = new Map(stored.map((order) => [order.orderId, order]));
  const reads: string[] = [];
  const off = new Set<string>();
  const inner = createWatch(async () => new Map());
  cleanUps.push(inner.stop);
  const watched = new Map<string, number>();
  const watch: typeof inner = {
    ...inner,
    on: (id, watcher) => {
      const stop = inner.on(id, watcher);
      watched.set(id, (watched.get(id) ?? 0) + 1);
      return () => {
        watched.set(id, (watched.get(id) ?? 0) - 1);
        stop();
      };
    },
  };
  const read = async (id: string) => {
    reads.push(id);
    if (off.has('database')) throw new Error('the database is away');
    return rows.get(id);
  };
  const api = { fetch: () => new Response(null, { status: 404 }), ...createFeed(watch, read, log) };
  const http = await serveHttp({ host: '127.0.0.1', port: 0, isReady: () => true, api });
  cleanUps.push(http.close);
  return {
    ...http,
    watch,
    rows,
    reads,
    breakDatabase: () => off.add('database'),
    watchers: () => [...watched.values()].reduce((sum, count) => sum + count, 0),
  };
};

const dial = async (port: number, path = feedPath) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false });
  cleanUps.push(() => socket.terminate());
  const messages: FeedAnswers[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  socket.on('error', () => {});
  await new Promise((resolve) => {
    socket.on('open', resolve);
    socket.on('close', resolve);
  });
  return {
    socket,
    messages,
    closed,
    ask: (...watch: FeedRequest['watch']) => socket.send(JSON.stringify({ watch, drop: [] })),
    drop: (...drop: number[]) => socket.send(JSON.stringify({ watch: [], drop })),
    /** The first so many answers, as `number -> version`. */
    answers: async (count: number) => {
      await until(`${count} answers`, async () => messages.flat().length >= count);
      return messages.flat().map(([number, order]) => [number, order?.version ?? null]);
    },
  };
};

describe("the order service's feed", () => {
  it.each([
    ['change', null, orderAs('submitted', 1), orderAs('stock-reserved', 2)],
    ['change', 1, orderAs('submitted', 1), orderAs('stock-reserved', 2)],
    ['placed', null, orderAs('coupon-applied', 3), orderAs('awaiting-payment', 4)],
    ['placed', 3, orderAs('coupon-applied', 3), orderAs('cancelling', 4)],
    ['final', null, orderAs('awaiting-payment', 4), orderAs('paid', 5)],
    ['final', 7, orderAs('cancelling', 7), orderAs('cancelled', 8)],
  ] as const)('until %s, having seen %s, answers when the order has come so far', async (what, seen, now, then) => {
    const service = await start(now);
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, what, seen], [2, idOf(9), 'final', null]);
    await until('the look', async () => service.reads.length === 2);
    // The second is unknown; its answer shows that the first has none yet.
    expect(await gateway.answers(1)).toEqual([[2, null]]);
    service.watch.changed([then]);
    expect(await gateway.answers(2)).toEqual([
      [2, null],
      [1, then.version],
    ]);
    expect(gateway.messages.flat()[1]?.[1]).toMatchObject({ orderId, status: then.status });
    expect(service.watchers()).toBe(0);
  });

  it.each([
    ['change', 1, orderAs('stock-reserved', 2)],
    ['change', 2, orderAs('paid', 2)],
    ['placed', null, orderAs('awaiting-payment', 4)],
    ['placed', 5, orderAs('cancelled', 5)],
    ['final', null, orderAs('paid', 5)],
  ] as const)('until %s, having seen %s, answers at once when the order is so far', async (what, seen, now) => {
    const service = await start(now);
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, what, seen]);
    expect(await gateway.answers(1)).toEqual([[1, now.version]]);
    expect(service.watchers()).toBe(0);
  });

  it('needs no look at an order that changed lately', async () => {
    const service = await start();
    service.watch.changed([orderAs('awaiting-payment', 4)]);
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, 'placed', null]);
    expect(await gateway.answers(1)).toEqual([[1, 4]]);
    expect(service.reads).toEqual([]);
  });

  it('shows nobody an older state than it has seen: another instance may have changed what is remembered', async () => {
    const service = await start(orderAs('awaiting-payment', 4));
    service.watch.changed([orderAs('coupon-applied', 3)]);
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, 'change', 4]);
    await until('the look', async () => service.reads.length === 1);
    gateway.ask([2, idOf(9), 'change', null]);
    expect(await gateway.answers(1)).toEqual([[2, null]]);
    service.watch.changed([orderAs('paid', 5)]);
    expect(await gateway.answers(2)).toContainEqual([1, 5]);
  });

  it('misses no change that comes while it looks', async () => {
    const service = await start(orderAs('submitted', 1));
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, 'placed', null]);
    await until('the look', async () => service.reads.length === 1);
    service.watch.changed([orderAs('awaiting-payment', 4)]);
    expect(await gateway.answers(1)).toEqual([[1, 4]]);
  });

  it('tells all that one commit changed in one message', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => idOf(index));
    const service = await start(...ids.map((id) => orderAs('submitted', 1, id)));
    const gateway = await dial(service.port);
    gateway.ask(...ids.map((id, index): FeedRequest['watch'][number] => [index, id, 'change', 1]));
    await until('the looks', async () => service.reads.length === ids.length);
    await new Promise(setImmediate);
    service.watch.changed(ids.map((id) => orderAs('stock-reserved', 2, id)));
    await gateway.answers(ids.length);
    expect(gateway.messages).toHaveLength(1);
  });

  it('forgets what is dropped, with the question or after it', async () => {
    const service = await start(orderAs('submitted', 1));
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, 'change', null], [2, orderId, 'change', null]);
    gateway.drop(1, 77);
    gateway.socket.send(JSON.stringify({ watch: [[3, orderId, 'change', null]], drop: [3] }));
    await until('the drops', async () => service.watchers() === 1);
    await until('the looks', async () => service.reads.length === 3);
    service.watch.changed([orderAs('stock-reserved', 2)]);
    expect(await gateway.answers(1)).toEqual([[2, 2]]);
  });

  it('forgets all that a gateway waited for when its connection ends', async () => {
    const service = await start(orderAs('submitted', 1));
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, 'change', null], [2, orderId, 'final', null]);
    await until('the questions', async () => service.watchers() === 2);
    gateway.socket.terminate();
    await until('the end', async () => service.watchers() === 0);
  });

  it.each([
    ['no JSON', 'hello', 1011],
    ['no request', '{"watch":[["1"]],"drop":[]}', 1011],
    ['no order id', `{"watch":[[1,"' OR 1=1","change",null]],"drop":[]}`, 1011],
    ['more than 4 MB', 'x'.repeat(4 * 1024 * 1024 + 1), 1009],
  ])('hangs up on %s, and takes the next', async (_what, message, code) => {
    const service = await start(orderAs('paid', 5));
    const gateway = await dial(service.port);
    gateway.socket.send(message);
    expect(await gateway.closed).toBe(code);
    const next = await dial(service.port);
    next.ask([1, orderId, 'final', null]);
    expect(await next.answers(1)).toEqual([[1, 5]]);
  });

  it('hangs up when it cannot look: the gateway tells its clients, who come again', async () => {
    const service = await start(orderAs('submitted', 1));
    service.breakDatabase();
    const gateway = await dial(service.port);
    gateway.ask([1, orderId, 'change', null]);
    expect(await gateway.closed).toBe(1011);
    await until('the end', async () => service.watchers() === 0);
  });

  it('takes no other WebSocket', async () => {
    const service = await start();
    expect(await (await dial(service.port, '/elsewhere')).closed).toBe(1006);
  });

  it('hangs up when the service stops', async () => {
    const service = await start(orderAs('submitted', 1));
    const gateway = await dial(service.port);
    const closing = service.close();
    expect(await gateway.closed).toBe(1001);
    await closing;
  });

  it('does not let a gateway that does not answer hold the stop', async () => {
    const service = await start();
    const head = `GET ${feedPath} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`;
    const socket = connect(service.port, '127.0.0.1');
    cleanUps.push(() => socket.destroy());
    socket.write(`${head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    await service.close();
  }, 20_000);
});
