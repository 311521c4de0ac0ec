import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { html } from '@quadrille/process/html';
import { serveHttp } from '@quadrille/process/http';
import { HttpError } from '@quadrille/process/problem';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../test/support/until.ts';
import { createLive, type Live } from '../web/live.ts';
import { createReader } from '../web/reader.ts';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Pages of a megabyte, each another one. */
const pageSize = 1_000_000;

/** A real HTTP server with pages to follow, and the sockets on its side. */
const start = async (limits: Parameters<typeof createLive>[0] = {}) => {
  const live: Live = createLive({ shortest: 5, longest: 20, ...limits });
  const sockets = new Set<Socket>();
  const onRequest = (message: unknown) => void sockets.add((message as { socket: Socket }).socket);
  subscribe('http.server.request.start', onRequest);
  let made = 0;
  const follow = (path: string) => ({
    key: path,
    render: async () => html`${String(made++).padStart(pageSize, '.')}`,
    mayLook: () => true,
  });
  const app = new Hono().get('/:page', (c) => {
    try {
      return live.follow(c, follow(c.req.path));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return new Response(error.message, { status: error.status, headers: error.more.headers ?? {} });
    }
  });
  const http = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    isReady: () => true,
    api: { fetch: app.fetch, close: live.close },
  });
  cleanUps.push(() => unsubscribe('http.server.request.start', onRequest), http.close);
  return {
    live,
    port: http.port,
    made: () => made,
    queued: () => [...sockets].map(({ writableLength }) => writableLength),
  };
};

/** Asks for a stream, and reads nothing of it. */
const deafReader = async (port: number, path = '/page'): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  cleanUps.push(() => socket.destroy());
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n`);
  return socket;
};

/** Asks for a stream, and reads all of it. */
const reader = async (port: number, path = '/page') => {
  const stopping = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: stopping.signal });
  const state = { bytes: 0, stop: () => stopping.abort() };
  const read = async () => {
    for await (const chunk of response.body ?? []) state.bytes += chunk.length;
  };
  read().catch(() => {});
  cleanUps.push(state.stop);
  return state;
};

const more = async (server: Awaited<ReturnType<typeof start>>, pages: number) => {
  const from = server.made();
  await until(`${pages} more pages`, async () => {
    server.live.notify([]);
    return server.made() >= from + pages;
  });
};

describe('D4: a reader', () => {
  it('that reads nothing is kept the message under way and the latest, of however many', async () => {
    const { body, offer, end, blockedSince } = createReader(() => {});
    for (let n = 1; n <= 1_000; n++) offer(Buffer.from(String(n)));
    expect(blockedSince()).not.toBeNull();
    end();
    expect(await new Response(body).text()).toBe('11000');
  });
});

describe('a reader', () => {
  it('that waits for more gets the last message, and then the end, once', async () => {
    let gone = 0;
    const { body, end, offer, isGone } = createReader(() => gone++);
    const reading = new Response(body).text();
    end(Buffer.from('the end'));
    offer(Buffer.from('more'));
    end(Buffer.from('once more'));
    expect(await reading).toBe('the end');
    expect([gone, isGone()]).toEqual([1, true]);
  });
});

describe('D4: pages that are followed', () => {
  it('keep no more for readers that do not read than one page, however many pages there were', async () => {
    const server = await start({ stuckAfter: 600_000 });
    for (let n = 0; n < 10; n++) await deafReader(server.port);
    await until('ten readers', async () => server.live.readers() === 10);
    // By then the buffers of the operating system are full.
    await until('all of them stuck', async () => {
      server.live.notify([]);
      return server.queued().every((bytes) => bytes > 0);
    });
    await more(server, 100);
    expect(server.queued()).toHaveLength(10);
    expect(Math.max(...server.queued())).toBeLessThan(2 * pageSize);
  });

  it('reach readers that read, beside such that do not, and these get the latest once they read', async () => {
    const server = await start({ stuckAfter: 600_000 });
    const deaf = await deafReader(server.port);
    await until('it is stuck', async () => {
      server.live.notify([]);
      return server.queued().every((bytes) => bytes > 0) && server.queued().length === 1;
    });
    const quick = await reader(server.port);
    const missedFrom = server.made();
    await more(server, 100);
    await until('a hundred pages', async () => quick.bytes > 50 * pageSize);
    const now = server.made();
    const seen = new Set<number>();
    let rest = '';
    deaf.on('data', (data) => {
      rest = `${rest}${data}`.slice(-100_000);
      for (const [, page] of rest.matchAll(/\.(\d+)"\n/g)) seen.add(Number(page));
    });
    deaf.resume();
    await until('a page of now', async () => Math.max(...seen) >= now);
    // What came while it did not read was left out, but for the page that was under way and the latest of them.
    expect([...seen].filter((page) => page >= missedFrom && page < now).length).toBeLessThan(5);
  });

  it('are made once for all who follow the same one', async () => {
    const server = await start({ shortest: 50, longest: 600_000 });
    const readers = await Promise.all(Array.from({ length: 50 }, () => reader(server.port)));
    await until('all have a page', async () => readers.every(({ bytes }) => bytes > pageSize));
    const before = server.made();
    const bytesBefore = readers.map(({ bytes }) => bytes);
    server.live.notify([]);
    await until('all have one more', async () =>
      readers.every(({ bytes }, index) => bytes > (bytesBefore[index] ?? 0) + pageSize),
    );
    expect(server.made()).toBe(before + 1);
    await reader(server.port, '/another');
    await until('another page is made by itself', async () => server.made() === before + 2);
  });

  it('are no longer made when nobody follows them', async () => {
    const server = await start();
    const only = await reader(server.port);
    await until('a page', async () => only.bytes > pageSize);
    only.stop();
    await until('nobody', async () => server.live.readers() === 0);
    let before = -1;
    await until('no page since the last look', async () => {
      const isOver = server.made() === before;
      before = server.made();
      return isOver;
    });
  });

  it('cut off a reader that has taken nothing for long', async () => {
    const server = await start({ stuckAfter: 200 });
    const socket = await deafReader(server.port);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await until('it is gone', async () => {
      server.live.notify([]);
      return server.live.readers() === 0 && server.made() > 0;
    });
    expect(server.queued()).toEqual([0]);
    socket.resume();
    await closed;
  });

  it('are followed by so many at most; others are told when to try again', async () => {
    const server = await start({ mostReaders: 3 });
    const readers = await Promise.all([1, 2, 3].map(() => reader(server.port)));
    await until('three', async () => server.live.readers() === 3);
    const refused = await fetch(`http://127.0.0.1:${server.port}/page`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    readers[0]?.stop();
    await until('one left', async () => server.live.readers() === 2);
    await reader(server.port);
    expect(server.live.readers()).toBe(3);
  });
});
