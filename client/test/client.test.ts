import { describe, expect, it } from 'vitest';
import { createClient, QuadrilleError } from '../client.ts';
import { type Answer, cutOff, json, newOrder, order, orderId, problem, serve, silence, taken } from './api.ts';

const failureOf = (call: Promise<unknown>): Promise<QuadrilleError> =>
  call.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(QuadrilleError);
      return error as QuadrilleError;
    },
  );

describe('the calls', () => {
  it('submit, with and without an idempotency key', async () => {
    const { baseUrl, asked } = await serve(taken);
    const client = createClient({ baseUrl: `${baseUrl}/` });
    expect(await client.submit(newOrder)).toMatchObject({ orderId, status: 'submitted' });
    await client.submit(newOrder, { idempotencyKey: 'basket-7' });
    expect(asked.map(({ call }) => call)).toEqual(['POST /api/v1/orders', 'POST /api/v1/orders']);
    expect(asked.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, 'basket-7']);
    expect(asked.map(({ headers }) => headers['content-type'])).toEqual(['application/json', 'application/json']);
    expect(asked.map(({ body }) => JSON.parse(body))).toEqual([newOrder, newOrder]);
  });

  it('read, at once or waiting', async () => {
    const { baseUrl, asked } = await serve(json(200, order({ version: 3 })));
    const client = createClient({ baseUrl });
    expect(await client.read(orderId)).toEqual(order({ version: 3 }));
    await client.read(orderId, { wait: 20, until: 'final' });
    expect(asked.map(({ call }) => call)).toEqual([
      `GET /api/v1/orders/${orderId}`,
      `GET /api/v1/orders/${orderId}?wait=20&until=final`,
    ]);
  });

  it('cancel and list', async () => {
    const page = { orders: [order()], next: 'abc' };
    const { baseUrl, asked } = await serve(json(202, order({ status: 'cancelling' })), json(200, page));
    const client = createClient({ baseUrl });
    expect(await client.cancel(orderId)).toMatchObject({ status: 'cancelling' });
    expect(await client.list({ userId: 1, status: 'paid', cursor: 'a-_=', limit: 5 })).toEqual(page);
    expect(asked.map(({ call }) => call)).toEqual([
      `POST /api/v1/orders/${orderId}/cancel`,
      'GET /api/v1/orders?userId=1&status=paid&cursor=a-_%3D&limit=5',
    ]);
  });

  it('name an order that is no id without leaving their path', async () => {
    const { baseUrl, asked } = await serve(problem(400, 'orderId must be a UUID'));
    const client = createClient({ baseUrl });
    await failureOf(client.read('../../health'));
    await expect(client.follow('../../health')[Symbol.asyncIterator]().next()).rejects.toThrow('must be a UUID');
    expect(asked.map(({ call }) => call)).toEqual([
      'GET /api/v1/orders/..%2F..%2Fhealth',
      'GET /api/v1/orders/..%2F..%2Fhealth/events',
    ]);
  });
});

describe('a call that fails', () => {
  it('carries the problem details of a refusal', async () => {
    const errors = [{ field: 'amount', message: 'is missing' }];
    const body = { type: 'about:blank', title: 'Bad Request', status: 400, detail: 'amount is missing', errors };
    const { baseUrl } = await serve(json(400, body));
    const error = await failureOf(createClient({ baseUrl }).submit(newOrder));
    expect(error).toMatchObject({ kind: 'refused', message: 'amount is missing', problem: body });
  });

  it.each([
    [404, 'refused'],
    [409, 'refused'],
    [422, 'refused'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('with %i is %s', async (status, kind) => {
    const { baseUrl } = await serve(problem(status, 'so it is', { 'retry-after': '7' }));
    const error = await failureOf(createClient({ baseUrl }).read(orderId));
    expect(error).toMatchObject({ kind, message: 'so it is', retryAfter: 7, problem: { status } });
  });

  it.each([
    [502, 'unavailable'],
    [403, 'refused'],
  ])("with a proxy's page of its own and %i is %s, too", async (status, kind) => {
    const { baseUrl } = await serve((response) => void response.writeHead(status).end('<h1>Sorry</h1>'));
    const error = await failureOf(createClient({ baseUrl }).read(orderId));
    expect(error).toMatchObject({ kind, retryAfter: undefined, problem: { status } });
  });

  it.each<[string, Answer]>([
    ['is cut off', cutOff],
    ['is no JSON', (response) => void response.writeHead(200).end('<html>')],
  ])('whose answer %s is unavailable', async (_what, answer) => {
    const { baseUrl } = await serve(answer);
    const error = await failureOf(createClient({ baseUrl }).read(orderId));
    expect(error).toMatchObject({ kind: 'unavailable', problem: undefined });
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('by its signal rejects with the reason, before and during the call', async () => {
    const { baseUrl } = await serve(silence);
    const client = createClient({ baseUrl });
    const reason = new Error('the page was left');
    await expect(client.read(orderId, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const leaving = new AbortController();
    const call = client.cancel(orderId, { signal: leaving.signal });
    leaving.abort(reason);
    await expect(call).rejects.toBe(reason);
  });
});
