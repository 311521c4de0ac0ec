import { describe, expect, it } from 'vitest';
import { gateway, orderId, orderView, readProblem } from './fake-orders.ts';

const path = '/api/v1/orders';
const older = '0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b00';

type Page = { orders: { orderId: string; links: object }[]; next: string | null };
const read = async (response: Response) => {
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
};

/** A gateway that has handed out a cursor for this query. */
const cursorFor = async (query: string) => {
  const { app } = gateway({ list: async () => ({ orders: [orderView()], next: older }) });
  return (await read(await app.request(`${path}?${query}`))).next ?? '';
};

describe('GET /api/v1/orders', () => {
  it("answers a page of a user's orders with their links", async () => {
    const { app, calls } = gateway({ list: async () => ({ orders: [orderView()], next: null }) });
    const response = await app.request(`${path}?userId=1`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await read(response)).toEqual({
      orders: [{ ...orderView(), links: { self: `${path}/${orderId}`, cancel: `${path}/${orderId}/cancel` } }],
      next: null,
    });
    expect(calls.list.map(([listing]) => listing)).toEqual([
      { userId: 1, status: undefined, before: undefined, limit: 20 },
    ]);
  });

  it('goes on where the page before ended', async () => {
    const { app, calls } = gateway({ list: async () => ({ orders: [orderView()], next: older }) });
    const { next } = await read(await app.request(`${path}?userId=1&status=paid&limit=100`));
    expect(next).toMatch(/^[\w-]+$/);
    await read(await app.request(`${path}?userId=1&status=paid&limit=5&cursor=${next}`));
    expect(calls.list.map(([listing]) => listing)).toEqual([
      { userId: 1, status: 'paid', before: undefined, limit: 100 },
      { userId: 1, status: 'paid', before: older, limit: 5 },
    ]);
  });

  it.each([
    ['no user', '', ['userId']],
    ['user 0', 'userId=0', ['userId']],
    ['a user in words', 'userId=me', ['userId']],
    ['a negative user', 'userId=-1', ['userId']],
    ['a user beyond counting', 'userId=9007199254740993', ['userId']],
    ['a broken user', 'userId=1.0', ['userId']],
    ['two users', 'userId=1&userId=2', ['userId']],
    ['an unknown status', 'userId=1&status=lost', ['status']],
    ['an empty status', 'userId=1&status=', ['status']],
    ['limit 0', 'userId=1&limit=0', ['limit']],
    ['limit 101', 'userId=1&limit=101', ['limit']],
    ['a huge limit', `userId=1&limit=${'9'.repeat(400)}`, ['limit']],
    ['an unknown parameter', 'userId=1&offset=20', ['offset']],
    ['__proto__', 'userId=1&__proto__=1', ['__proto__']],
    ['several wrong', 'limit=x&status=y&z=1', ['z', 'status', 'limit']],
    ['an empty cursor', 'userId=1&cursor=', ['cursor']],
    ['no cursor of ours', 'userId=1&cursor=abc', ['cursor']],
    ['an order id as cursor', `userId=1&cursor=${older}`, ['cursor']],
    ['an endless cursor', `userId=1&cursor=${'A'.repeat(8_000)}`, ['cursor']],
    ['a cursor with SQL in it', `userId=1&cursor=${Buffer.from("' OR 1=1 -- 1 ").toString('base64url')}`, ['cursor']],
    ['two cursors', 'userId=1&cursor=a&cursor=b', ['cursor']],
  ])('refuses: %s', async (_what, query, named) => {
    const { app, count } = gateway();
    const problem = await readProblem(await app.request(`${path}?${query}`));
    expect(problem).toMatchObject({ status: 400, type: 'application/problem+json' });
    expect(problem.fields.sort()).toEqual(named.sort());
    expect(count()).toBe(0);
  });

  it.each([
    ["another user's", 'userId=1', 'userId=2'],
    ['that of another status', 'userId=1&status=paid', 'userId=1&status=cancelled'],
    ['that of all statuses', 'userId=1', 'userId=1&status=paid'],
    ['that of one status', 'userId=1&status=paid', 'userId=1'],
  ])('refuses a cursor: %s', async (_whose, made, used) => {
    const { app, count } = gateway();
    const problem = await readProblem(await app.request(`${path}?${used}&cursor=${await cursorFor(made)}`));
    expect(problem).toMatchObject({ status: 400, fields: ['cursor'] });
    expect(count()).toBe(0);
  });

  it('refuses a cursor that was altered, in any place', async () => {
    const { app, count } = gateway();
    const cursor = await cursorFor('userId=1');
    for (let place = 0; place < cursor.length; place++) {
      const altered = `${cursor.slice(0, place)}${cursor[place] === '_' ? '-' : '_'}${cursor.slice(place + 1)}`;
      const problem = await readProblem(await app.request(`${path}?userId=1&cursor=${altered}`));
      expect(problem).toMatchObject({ status: 400, fields: ['cursor'] });
    }
    for (const cut of ['', cursor.slice(1), cursor.slice(0, -1), `${cursor}A`, `${cursor}=`, ` ${cursor}`])
      expect((await app.request(`${path}?userId=1&cursor=${cut}`)).status).toBe(400);
    expect(count()).toBe(0);
  });
});
