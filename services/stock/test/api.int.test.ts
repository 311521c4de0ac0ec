import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { inShort, spyOn } from '../../../test/support/spy-pool.ts';
import { createApi } from '../api.ts';

const log = silentLog();

describe("stock's HTTP API", () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('stock');
    const rows = [1, 2, 3, 4, 9].map((id) => [id, 100 * id, 10 - id, id, 0]);
    await scratch.pool.query('INSERT INTO products VALUES ?', [rows]);
  });
  afterAll(() => scratch?.drop());

  const get = async (path: string) => {
    const response = await createApi({ pool: scratch.pool, log }).request(path);
    return { status: response.status, body: (await response.json()) as { products?: { productId: number }[] } };
  };

  it('shows a product as it is committed', async () => {
    const product = { productId: 2, price: 200, available: 8, reserved: 2, sold: 0 };
    expect(await get('/products/2')).toEqual({ status: 200, body: product });
  });

  it.each(['/products/5', '/products/0', '/products/x', '/products/1e99'])('%s is 404', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it('pages through all products, each once', async () => {
    const seen: number[] = [];
    let after = 0;
    for (;;) {
      const { body } = await get(`/products?after=${after}&limit=2`);
      seen.push(...(body.products ?? []).map(({ productId }) => productId));
      const { next } = body as { next?: number | null };
      if (next === null || next === undefined) break;
      after = next;
    }
    expect(seen).toEqual([1, 2, 3, 4, 9]);
  });

  it('a page that is full and the last has no next', async () => {
    expect((await get('/products?limit=5')).body).toMatchObject({ next: null });
    expect((await get('/products?limit=4')).body).toMatchObject({ next: 4 });
    expect((await get('/products?after=9&limit=4')).body).toEqual({ products: [], next: null });
  });

  it.each(['/products', '/products?limit=0', '/products?limit=101', '/products?limit=1&after=x'])(
    '%s is 400',
    async (path) => {
      expect((await get(path)).status).toBe(400);
    },
  );

  it('E3: a product without a price that an order can have is not for sale: neither listed nor found', async () => {
    const prices = { 100: 0, 101: -1, 102: 1, 103: 1_000_000_000_000, 104: 1_000_000_000_001 };
    await scratch.pool.query('INSERT INTO products VALUES ?', [
      Object.entries(prices).map(([id, price]) => [Number(id), price, 5, 0, 0]),
    ]);
    const { body } = await get('/products?after=99&limit=2');
    expect(body).toMatchObject({ products: [{ productId: 102 }, { productId: 103 }], next: null });
    const found = await Promise.all(Object.keys(prices).map(async (id) => (await get(`/products/${id}`)).status));
    expect(found).toEqual([404, 404, 200, 200, 404]);
    await scratch.pool.query('DELETE FROM products WHERE product_id >= 100');
  });

  it('readers who come together share one statement', async () => {
    const statements: string[] = [];
    const api = createApi({ pool: spyOn(scratch.pool, (sql) => void statements.push(inShort(sql))), log });
    const answers = await Promise.all([1, 2, 1, 7, 3].map((id) => api.request(`/products/${id}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 200]);
    expect(statements).toEqual(['SELECT products']);
  });
});

describe("stock's HTTP API, the database away", () => {
  it('says 503, because it heals by waiting', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const pool = { query: () => Promise.reject(away) } as never;
    expect((await createApi({ pool, log }).request('/products/1')).status).toBe(503);
  });

  it('says 500 to a fault of ours, and nothing more', async () => {
    const pool = { query: () => Promise.reject(new Error('table products is secret')) } as never;
    const response = await createApi({ pool, log }).request('/products/1');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });
});
