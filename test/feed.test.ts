import { createFeed as createGatewayFeed } from '@quadrille/gateway/feed';
import { ServiceUnavailable } from '@quadrille/gateway/upstream';
import { serveHttp } from '@quadrille/process/http';
import { createFeed as createOrderFeed } from '@quadrille/services/order/feed';
import type { Order } from '@quadrille/services/order/schema';
import { after } from '@quadrille/services/order/test/happenings';
import { createWatch } from '@quadrille/services/order/watch';
import { afterEach, expect, it } from 'vitest';
import { silentLog } from './support/log.ts';
import { until } from './support/until.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const idOf = (index: number) => `0198f0d2-7c1e-7a52-9d3b-${String(index).padStart(12, '0')}`;
const orderOf = (index: number, version: number): Order => ({
  ...after('stock-reserved'),
  orderId: idOf(index),
  version,
});
const token = 'the token of the system in the tests';
const staying = new AbortController().signal;

/** The order service's end, with orders 0 to 1999 in version 1. */
const startOrder = async (port = 0) => {
  let asked = 0;
  const watch = createWatch(async () => new Map());
  const read = async (orderId: string) => {
    asked++;
    const index = Number(orderId.slice(-12));
    return index < 2_000 ? orderOf(index, 1) : undefined;
  };
  const api = { fetch: () => new Response(null, { status: 404 }), ...createOrderFeed(watch, read, silentLog()) };
  const http = await serveHttp({ host: '127.0.0.1', port, isReady: () => true, api, systemToken: token });
  const stop = async () => {
    watch.stop();
    await http.close();
  };
  cleanUps.push(stop);
  return { port: http.port, watch, stop, asked: () => asked };
};

it('both ends of the feed: a thousand who wait, some who leave, a restart of the order service', async () => {
  const order = await startOrder();
  const feed = createGatewayFeed(`http://127.0.0.1:${order.port}`, token);
  cleanUps.push(feed.close);
  const wait = (index: number, signal = staying) => feed.next(idOf(index), 'change', undefined, signal, null);

  const leaving = new AbortController();
  const stay = Array.from({ length: 1_000 }, (_, index) => wait(index));
  const leave = Array.from({ length: 100 }, (_, index) => wait(index, leaving.signal).catch(() => 'left'));
  expect(await wait(2_000)).toBeUndefined();
  leaving.abort();
  expect(new Set(await Promise.all(leave))).toEqual(new Set(['left']));
  await until('the looks', async () => order.asked() === 1_101);
  order.watch.changed(Array.from({ length: 1_000 }, (_, index) => orderOf(index, index + 2)));
  expect((await Promise.all(stay)).map((found) => [found?.orderId, found?.version])).toEqual(
    stay.map((_, index) => [idOf(index), index + 2]),
  );

  const lost = [wait(1_001), wait(1_002)].map((waiting) => expect(waiting).rejects.toThrow(ServiceUnavailable));
  await until('the looks', async () => order.asked() === 1_103);
  await order.stop();
  await Promise.all(lost);
  await expect(wait(1)).rejects.toThrow(ServiceUnavailable);

  const again = await startOrder(order.port);
  const found = wait(1);
  await until('the look', async () => again.asked() === 1);
  again.watch.changed([orderOf(1, 2)]);
  expect(await found).toMatchObject({ orderId: idOf(1), version: 2 });
});
