import { describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import { cutOff, json, newOrder, order, orderId, problem, serve, silence, taken } from './api.ts';

const placed = order({ status: 'awaiting-payment', version: 4, placedAt: '2026-08-25T10:00:01.000Z' });
const timeout = 60_000;

const keysOf = (asked: readonly { headers: Record<string, unknown> }[]) =>
  asked.map(({ headers }) => headers['idempotency-key']).filter((key) => key !== undefined);

describe('submitAndWait', () => {
  it('submits once and waits for the order to be placed', async () => {
    const { baseUrl, asked } = await serve(taken, json(200, placed));
    expect(await createClient({ baseUrl }).submitAndWait(newOrder, { timeout })).toEqual(placed);
    expect(asked.map(({ call }) => call)).toEqual([
      'POST /api/v1/orders',
      `GET /api/v1/orders/${orderId}?wait=30&until=placed`,
    ]);
    expect(keysOf(asked)).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it('makes up another key for each order', async () => {
    const { baseUrl, asked } = await serve(taken, json(200, placed), taken, json(200, placed));
    const client = createClient({ baseUrl });
    await client.submitAndWait(newOrder, { timeout });
    await client.submitAndWait(newOrder, { timeout });
    expect(new Set(keysOf(asked)).size).toBe(2);
  });

  it('submits again with the same key until it gets through, and reads again', async () => {
    const away = problem(503, 'The order service is away.', { 'retry-after': '0' });
    const { baseUrl, asked } = await serve(cutOff, away, problem(500, ''), taken, cutOff, away, json(200, placed));
    const options = { timeout, idempotencyKey: 'basket-7' };
    expect(await createClient({ baseUrl }).submitAndWait(newOrder, options)).toEqual(placed);
    expect(keysOf(asked)).toEqual(['basket-7', 'basket-7', 'basket-7', 'basket-7']);
    expect(asked).toHaveLength(7);
  });

  it.each([
    ['placed', order({ status: 'cancelling' })],
    ['placed', order({ status: 'cancelled', final: true })],
    ['final', order({ status: 'paid', final: true })],
  ] as const)('until %s asks on until the order has come so far', async (until, end) => {
    const { baseUrl, asked } = await serve(taken, json(200, order()), json(200, order({ version: 2 })), json(200, end));
    expect(await createClient({ baseUrl }).submitAndWait(newOrder, { timeout, until })).toEqual(end);
    expect(asked.slice(1).map(({ call }) => call)).toEqual(
      Array(3).fill(`GET /api/v1/orders/${orderId}?wait=30&until=${until}`),
    );
  });

  it('until final does not take placed for it', async () => {
    const paid = order({ status: 'paid', final: true });
    const { baseUrl } = await serve(taken, json(200, placed), json(200, paid));
    expect(await createClient({ baseUrl }).submitAndWait(newOrder, { timeout, until: 'final' })).toEqual(paid);
  });

  it('does not insist when it is refused', async () => {
    const { baseUrl, asked } = await serve(problem(422, 'This key belongs to another order.'));
    const waiting = createClient({ baseUrl }).submitAndWait(newOrder, { timeout });
    await expect(waiting).rejects.toMatchObject({ kind: 'refused', problem: { status: 422 } });
    expect(asked).toHaveLength(1);
  });

  it('gives up in time, and says what it knows: not whether the order was taken', async () => {
    const { baseUrl, asked } = await serve(problem(503, 'The order service is away.'), cutOff);
    const error = await createClient({ baseUrl })
      .submitAndWait(newOrder, { timeout: 500 })
      .catch((error) => error);
    expect(error).toMatchObject({
      kind: 'timeout',
      message: 'It is not known whether the order was taken, after 500 ms.',
      orderId: undefined,
      cause: { kind: 'unavailable' },
    });
    expect(new Set(keysOf(asked))).toEqual(new Set([error.idempotencyKey]));
    expect(asked.length).toBeGreaterThan(1);
  });

  it('gives up in time, and says what it knows: the order', async () => {
    const { baseUrl } = await serve(taken, silence);
    const waiting = createClient({ baseUrl }).submitAndWait(newOrder, { timeout: 300, idempotencyKey: 'basket-7' });
    await expect(waiting).rejects.toMatchObject({ kind: 'timeout', orderId, idempotencyKey: 'basket-7' });
  });

  it('with a key from such an error goes on where it gave up', async () => {
    const { baseUrl, asked } = await serve(taken, silence, taken, json(200, placed));
    const client = createClient({ baseUrl });
    const error = await client.submitAndWait(newOrder, { timeout: 300 }).catch((error) => error);
    await client.submitAndWait(newOrder, { timeout, idempotencyKey: error.idempotencyKey });
    const [first, second] = keysOf(asked);
    expect(second).toBe(first);
  });

  it('rejects with the reason of its signal, and leaves the connection', async () => {
    const left = Promise.withResolvers<void>();
    const leaving = new AbortController();
    const { baseUrl } = await serve(taken, (response) => {
      response.on('close', () => left.resolve());
      leaving.abort(new Error('the page was left'));
    });
    const waiting = createClient({ baseUrl }).submitAndWait(newOrder, { timeout, signal: leaving.signal });
    await expect(waiting).rejects.toThrow('the page was left');
    await left.promise;
  });

  it('takes a timeout longer than any timer', async () => {
    const { baseUrl } = await serve(taken, json(200, placed));
    const client = createClient({ baseUrl });
    expect(await client.submitAndWait(newOrder, { timeout: Number.POSITIVE_INFINITY })).toEqual(placed);
  });
});
