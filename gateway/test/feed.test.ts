import { afterEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../test/support/until.ts';
import { createFeed, type Feed } from '../feed.ts';
import { ServiceUnavailable } from '../upstream.ts';
import { startFakeFeed } from './fake-feed.ts';
import { orderId, orderView, token } from './fake-orders.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const start = async (...options: Parameters<typeof startFakeFeed>) => {
  const service = await startFakeFeed(...options);
  cleanUps.push(service.stop);
  const feed = createFeed(service.url, token);
  cleanUps.push(feed.close);
  return { service, feed };
};

const staying = new AbortController().signal;
const change = (feed: Feed, version?: number, signal = staying) => feed.next(orderId, 'change', version, signal, null);

describe("the gateway's feed", () => {
  it('asks for all who begin to wait at once in one message, and gives each its own answer', async () => {
    const { service, feed } = await start();
    const waiting = Array.from({ length: 1_000 }, (_, version) => feed.next(orderId, 'final', version, staying, null));
    await until('the question', async () => service.requests.length > 0);
    expect(service.requests).toEqual([
      { watch: waiting.map((_, version) => [version + 1, orderId, 'final', version]), drop: [] },
    ]);
    service.say(waiting.slice(0, 500).map((_, index) => [index + 1, orderView({ version: index + 7 })]));
    service.say(waiting.slice(500).map((_, index) => [index + 501, null]));
    const answers = await Promise.all(waiting);
    expect(answers.slice(0, 500).map((order) => order?.version)).toEqual(waiting.slice(0, 500).map((_, i) => i + 7));
    expect(new Set(answers.slice(500))).toEqual(new Set([undefined]));
  });

  it('asks in one message also when the connection is there already', async () => {
    const { service, feed } = await start();
    const first = change(feed);
    await until('the connection', async () => service.requests.length === 1);
    const others = Array.from({ length: 1_000 }, () => change(feed));
    await until('the questions', async () => service.watched().length === 1_001);
    expect(service.requests).toHaveLength(2);
    service.say(service.watched().map(([number]) => [number, orderView()]));
    await Promise.all([first, ...others]);
  });

  it('has one connection, made when it is first needed', async () => {
    const { service, feed } = await start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(service.connections).toHaveLength(0);
    for (const number of [1, 2, 3]) {
      const waiting = change(feed);
      await until('the question', async () => service.watched().length === number);
      service.say([[number, orderView({ version: number })]]);
      expect(await waiting).toMatchObject({ version: number });
    }
    expect(service.connections).toHaveLength(1);
    expect(service.watched().map(([, , , version]) => version)).toEqual([null, null, null]);
  });

  it('says who does not wait any more, and does not mind an answer to them', async () => {
    const { service, feed } = await start();
    const leaving = new AbortController();
    const [gone, stays] = [change(feed, 1, leaving.signal), change(feed, 1)];
    await until('the questions', async () => service.watched().length === 2);
    leaving.abort(new Error('the client left'));
    await expect(gone).rejects.toThrow('the client left');
    await until('the leave', async () => service.dropped().length === 1);
    expect(service.dropped()).toEqual([1]);
    service.say([
      [1, orderView()],
      [2, orderView({ version: 2 })],
    ]);
    expect(await stays).toMatchObject({ version: 2 });
  });

  it('asks nothing for who has left before', async () => {
    const { service, feed } = await start();
    await expect(change(feed, 1, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    void change(feed, 2).catch(() => {});
    await until('a question', async () => service.watched().length > 0);
    expect(service.watched().map(([, , , version]) => version)).toEqual([2]);
  });

  it('tells all who wait when the order service goes away; who waits next connects anew', async () => {
    const { service, feed } = await start();
    const waiting = Array.from({ length: 10 }, () => change(feed, 1));
    await until('the questions', async () => service.watched().length === 10);
    await service.stop();
    for (const lost of waiting) await expect(lost).rejects.toThrow(ServiceUnavailable);
    await expect(change(feed, 1)).rejects.toThrow(ServiceUnavailable);

    const again = await startFakeFeed(service.port);
    cleanUps.push(again.stop);
    const found = change(feed, 1);
    await until('the question', async () => again.watched().length > 0);
    expect(again.requests).toEqual([{ watch: [[12, orderId, 'change', 1]], drop: [] }]);
    again.say([[12, orderView({ version: 2 })]]);
    expect(await found).toMatchObject({ version: 2 });
  });

  it('is unavailable where nobody listens', async () => {
    const { service, feed } = await start();
    await service.stop();
    await expect(change(feed)).rejects.toThrow(ServiceUnavailable);
  });

  it.each(['<html>', '{}', 'null', '[1]', '[null]'])('gives a service up that says %s, and lives', async (nonsense) => {
    const { service, feed } = await start();
    const waiting = change(feed);
    await until('the question', async () => service.watched().length === 1);
    service.say(nonsense);
    await expect(waiting).rejects.toThrow(ServiceUnavailable);
    void change(feed).catch(() => {});
    await until('another connection', async () => service.connections.length === 2);
  });

  it.each([
    [true, 'keeps a connection over which nothing happens'],
    [false, 'drops a connection whose other end has stopped without a word'],
  ])('when the other end answers pings: %s, it %s', async (autoPong) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { service, feed } = await start(0, { autoPong });
    const waiting = change(feed).catch((error: unknown) => error);
    await vi.waitUntil(() => service.watched().length === 1, { timeout: 30_000 });
    for (let seconds = 0; seconds < 60; seconds += 10) {
      const pinged = new Promise((resolve) => service.connections[0]?.once('ping', resolve));
      await vi.advanceTimersByTimeAsync(10_000);
      await Promise.race([pinged, waiting, new Promise((resolve) => setTimeout(resolve, 200))]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (autoPong) service.say([[1, orderView()]]);
    const outcome = await waiting;
    if (autoPong) expect(outcome).toMatchObject({ orderId });
    else expect(outcome).toBeInstanceOf(ServiceUnavailable);
    expect(service.connections).toHaveLength(1);
  });

  it('when it is closed, ends the waiting', async () => {
    const { service, feed } = await start();
    const waiting = change(feed);
    await until('the question', async () => service.watched().length === 1);
    feed.close();
    await expect(waiting).rejects.toThrow(ServiceUnavailable);
  });
});
