import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { type Instance, request, startInstance } from './instance.ts';

describe("a user's orders", () => {
  let scratch: Scratch;
  let service: Instance;
  beforeAll(async () => {
    scratch = await scratchDatabase('order');
    service = startInstance(scratch.url);
  });
  afterAll(async () => {
    await service?.stop();
    await scratch?.drop();
  });
  beforeEach(() => scratch.pool.query('DELETE FROM orders'));

  const place = async (count: number, userId = 1): Promise<string[]> => {
    const placed = await service.submit(...Array(count).fill({ order: { ...request, userId } }));
    return placed.map((answer) => ('orderId' in answer ? answer.orderId : expect.unreachable()));
  };
  /** Page after page; `between` is called before each but the first. */
  const allPages = async (query: string, between: () => Promise<unknown> = async () => {}) => {
    const pages: string[][] = [];
    for (let before = ''; ; ) {
      const { orders, next } = await service.list(`${query}${before}`);
      pages.push(orders.map(({ orderId }) => orderId));
      if (next === null) return pages;
      before = `&before=${next}`;
      await between();
    }
  };

  it("come newest first, page by page, each once, and nobody else's", async () => {
    const mine = await place(10);
    await place(3, 2);
    const pages = await allPages('userId=1&limit=4');
    expect(pages.map((page) => page.length)).toEqual([4, 4, 2]);
    expect(pages.flat()).toEqual(mine.sort().reverse());
  });

  it('end with a page that is just full', async () => {
    await place(8);
    expect((await allPages('userId=1&limit=4')).map((page) => page.length)).toEqual([4, 4]);
  });

  it('keep their pages while orders come in', async () => {
    const mine = await place(10);
    const pages = await allPages('userId=1&limit=3', () => place(5));
    expect(pages.flat()).toEqual(mine.sort().reverse());
  });

  it('keep their pages while orders leave the list', async () => {
    const mine = (await place(9)).sort().reverse();
    const pages = await allPages('userId=1&status=submitted&limit=3', () =>
      scratch.pool.query("UPDATE orders SET status = 'cancelled' WHERE order_id IN (?)", [[mine[0], mine[3], mine[8]]]),
    );
    expect(pages.flat()).toEqual(mine.filter((_, place) => place !== 3 && place !== 8));
  });

  it('are those of one status', async () => {
    const mine = (await place(6)).sort().reverse();
    await scratch.pool.query("UPDATE orders SET status = 'paid' WHERE order_id IN (?)", [mine.slice(0, 2)]);
    expect(await allPages('userId=1&status=paid&limit=1')).toEqual([[mine[0]], [mine[1]]]);
    expect(await allPages('userId=1&status=cancelling&limit=1')).toEqual([[]]);
  });

  it('are read by an index, however many others there are', async () => {
    const sql = 'SELECT * FROM orders WHERE user_id = 1 ORDER BY order_id DESC LIMIT 21';
    await place(30);
    for (let user = 2; user < 6; user++) await place(300, user);
    await scratch.pool.query('ANALYZE TABLE orders');
    const [[plan]] = (await scratch.pool.query(`EXPLAIN FORMAT=TRADITIONAL ${sql}`)) as unknown as [
      { key: string; Extra: string }[],
    ];
    expect(plan?.key).toBe('orders_by_user');
    expect(plan?.Extra ?? '').not.toContain('filesort');
  });

  it.each(['', 'userId=0&limit=1', 'userId=1', 'userId=1&limit=0', 'userId=1&limit=101', 'userId=1&limit=1&before=x'])(
    'are not listed for "%s"',
    async (query) => {
      expect((await service.api.request(`/orders?${query}`)).status).toBe(400);
    },
  );
});
