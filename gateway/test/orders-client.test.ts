import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createOrdersClient } from '../orders-client.ts';
import { ServiceUnavailable } from '../upstream.ts';
import { orderId, orderView, seedOrder, token } from './fake-orders.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const by = { traceparent, caller: { kind: 'anyone' } } as const;
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  cleanUps.push(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
};

const clientOf = (url: string) => {
  const client = createOrdersClient(url, token);
  cleanUps.push(client.close);
  return client;
};

const answering = async (status: number, body: unknown) => {
  const requests: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const sent = await text(request);
    requests.push(`${request.method} ${request.url} ${request.headers.traceparent} ${sent}`.trim());
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const { url } = await serve((request, response) => void answer(request, response));
  return { client: clientOf(url), requests };
};

describe('the client of the order service', () => {
  it('submits', async () => {
    const { client, requests } = await answering(201, [{ orderId }]);
    expect(await client.submit(seedOrder, traceparent)).toEqual({ orderId });
    expect(requests).toEqual([`POST /orders undefined ${JSON.stringify([{ order: seedOrder, traceparent }])}`]);
  });

  it('hands over together what comes in while a call is under way, and gives each its own answer', async () => {
    const batches: { order: { productId: number } }[][] = [];
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      const batch = JSON.parse(await text(request)) as { order: { productId: number } }[];
      batches.push(batch);
      response.writeHead(201).end(JSON.stringify(batch.map(({ order }) => ({ orderId: `of ${order.productId}` }))));
    };
    const { url } = await serve((request, response) => void answer(request, response));
    const client = clientOf(url);
    const submitted = await Promise.all(
      Array.from({ length: 450 }, (_, productId) => client.submit({ ...seedOrder, productId }, traceparent)),
    );
    expect(submitted).toEqual(Array.from({ length: 450 }, (_, productId) => ({ orderId: `of ${productId}` })));
    expect(batches.map((batch) => batch.length)).toEqual([200, 200, 50]);
  });

  it('fails those that went together, and none after them', async () => {
    let calls = 0;
    const { url } = await serve((request, response) => {
      request.resume();
      if (++calls === 1) response.writeHead(503).end('{}');
      else response.writeHead(201).end(JSON.stringify([{ orderId }]));
    });
    const client = clientOf(url);
    const together = [client.submit(seedOrder, traceparent), client.submit(seedOrder, traceparent)];
    for (const submitting of together) await expect(submitting).rejects.toThrow(ServiceUnavailable);
    expect(await client.submit(seedOrder, traceparent)).toEqual({ orderId });
  });

  it('finds', async () => {
    const { client, requests } = await answering(200, orderView());
    expect(await client.find(orderId, by)).toEqual(orderView());
    expect(requests).toEqual([`GET /orders/${orderId} ${traceparent}`]);
  });

  it.each([
    [202, 'cancelling'],
    [409, 'final'],
  ])('cancels: %i is %s', async (status, outcome) => {
    const { client } = await answering(status, orderView());
    expect(await client.cancel(orderId, by)).toEqual({ outcome, order: orderView() });
  });

  it('knows that there is no such order', async () => {
    const { client } = await answering(404, {});
    expect(await client.find(orderId, by)).toBeUndefined();
    expect(await client.cancel(orderId, by)).toBeUndefined();
  });

  it.each([429, 503])('is unavailable at %i', async (status) => {
    const { client } = await answering(status, {});
    await expect(client.submit(seedOrder, traceparent)).rejects.toThrow(ServiceUnavailable);
    expect(await client.isReady()).toBe(status < 500);
  });

  it('is unavailable when nobody listens, and says that nothing was done', async () => {
    const { url, stop } = await serve(() => {});
    await stop();
    const client = clientOf(url);
    const submitting = client.submit(seedOrder, traceparent);
    await expect(submitting).rejects.toThrow(ServiceUnavailable);
    await expect(submitting).rejects.toThrow('Nothing was done');
    expect(await client.isReady()).toBe(false);
  });

  it('is unavailable when the connection breaks, says that it does not know, and does not send a submission twice', async () => {
    let submissions = 0;
    const { url } = await serve((request) => {
      submissions++;
      request.socket.destroy();
    });
    const submitting = clientOf(url).submit(seedOrder, traceparent);
    await expect(submitting).rejects.toThrow(ServiceUnavailable);
    await expect(submitting).rejects.toThrow('not known');
    expect(submissions).toBe(1);
  });

  it.each([
    ['an unexpected status', 500, '{}'],
    ['no JSON', 201, '<html>'],
  ])('throws at %s', async (_what, status, body) => {
    const { url } = await serve((_, response) => response.writeHead(status).end(body));
    const submitting = clientOf(url).submit(seedOrder, traceparent);
    await expect(submitting).rejects.toThrow();
    await expect(submitting).rejects.not.toThrow(ServiceUnavailable);
  });
});
