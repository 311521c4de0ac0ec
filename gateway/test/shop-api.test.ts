import type { CouponView, ProductView } from '@quadrille/contracts/shop-http';
import { describe, expect, it } from 'vitest';
import type { Upstream, UpstreamRequest } from '../upstream.ts';
import { awayUpstream, gateway, orderId, readProblem } from './fake-orders.ts';

const product: ProductView = { productId: 1, price: 1100, available: 99, reserved: 1, sold: 0 };
const coupon: CouponView = { couponId: 1, userId: 1, amount: 1000, status: 'held', orderId, expiresAt: null };

/** A service that gives this answer to everything, and what it was asked. */
const service = (status: number, body: unknown) => {
  const asked: UpstreamRequest[] = [];
  const upstream: Upstream = {
    ...awayUpstream,
    call: async (request) => {
      asked.push(request);
      return { status, body };
    },
  };
  return { upstream, asked, paths: () => asked.map(({ path }) => path) };
};

const withStock = (status: number, body: unknown) => {
  const stock = service(status, body);
  return { ...stock, app: gateway({}, undefined, { stock: stock.upstream }).app };
};
const withCoupon = (body: unknown) => {
  const answering = service(200, body);
  return { ...answering, app: gateway({}, undefined, { coupon: answering.upstream }).app };
};

describe('GET /api/v1/products', () => {
  it('lists the products with their stock', async () => {
    const { app, asked } = withStock(200, { products: [product], next: null });
    const response = await app.request('/api/v1/products');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(await response.json()).toEqual({ products: [product], next: null });
    expect(asked).toMatchObject([{ path: '/products?after=0&limit=20', headers: { traceparent: expect.any(String) } }]);
  });

  it('gives a cursor that the next page is asked for with', async () => {
    const { app, paths } = withStock(200, { products: [product], next: 17 });
    const { next } = (await (await app.request('/api/v1/products?limit=1')).json()) as { next: string };
    expect(next).toBe('17');
    await app.request(`/api/v1/products?limit=1&cursor=${next}`);
    expect(paths()).toEqual(['/products?after=0&limit=1', '/products?after=17&limit=1']);
  });

  it('says 304 to who has the page already, and 200 once the stock has moved', async () => {
    const before = withStock(200, { products: [product], next: null }).app;
    const etag = (await before.request('/api/v1/products')).headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const response = await before.request('/api/v1/products', { headers: { 'if-none-match': known } });
      expect(response.status).toBe(304);
      expect(response.headers.get('etag')).toBe(etag);
      expect(await response.text()).toBe('');
    }
    const after = withStock(200, { products: [{ ...product, available: 98, reserved: 2 }], next: null }).app;
    expect((await after.request('/api/v1/products', { headers: { 'if-none-match': etag } })).status).toBe(200);
  });
});

describe('GET /api/v1/products/{productId}', () => {
  it('answers a product', async () => {
    const { app, paths } = withStock(200, product);
    const response = await app.request('/api/v1/products/1');
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toMatch(/^"[\w-]{22}"$/);
    expect(await response.json()).toEqual(product);
    expect(paths()).toEqual(['/products/1']);
  });

  it('answers 404 for an unknown product', async () => {
    const problem = await readProblem(await withStock(404, undefined).app.request('/api/v1/products/7'));
    expect(problem).toMatchObject({ status: 404, type: 'application/problem+json' });
    expect(problem.body.detail).toBe('There is no such product');
  });
});

describe('GET /api/v1/coupons', () => {
  it("lists a user's coupons", async () => {
    const { app, paths } = withCoupon({ coupons: [coupon], next: null });
    const response = await app.request('/api/v1/coupons?userId=1');
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).not.toBeNull();
    expect(await response.json()).toEqual({ coupons: [coupon], next: null });
    expect(paths()).toEqual(['/coupons?userId=1&after=0&limit=20']);
  });

  it('gives a cursor', async () => {
    const { app, paths } = withCoupon({ coupons: [coupon], next: 1 });
    const answer = (await (await app.request('/api/v1/coupons?userId=1&limit=1&cursor=5')).json()) as { next: string };
    expect(answer.next).toBe('1');
    expect(paths()).toEqual(['/coupons?userId=1&after=5&limit=1']);
  });
});

describe('bad questions', () => {
  it.each([
    ['/api/v1/products?limit=0', ['limit']],
    ['/api/v1/products?limit=101', ['limit']],
    ['/api/v1/products?limit=ten', ['limit']],
    ['/api/v1/products?limit=1&limit=2', ['limit']],
    ['/api/v1/products?cursor=', ['cursor']],
    ['/api/v1/products?cursor=-1', ['cursor']],
    ['/api/v1/products?cursor=99999999999999999', ['cursor']],
    ['/api/v1/products?cursor=1%20OR%201=1', ['cursor']],
    ['/api/v1/products?page=2', ['page']],
    ['/api/v1/products?__proto__=1', ['__proto__']],
    ['/api/v1/products/one', ['productId']],
    ['/api/v1/products/0', ['productId']],
    ['/api/v1/products/1.5', ['productId']],
    ['/api/v1/products/..%2Fready', ['productId']],
    ['/api/v1/products/9999999999999999', ['productId']],
    ['/api/v1/products/1?wait=5', ['wait']],
    ['/api/v1/coupons', ['userId']],
    ['/api/v1/coupons?userId=', ['userId']],
    ['/api/v1/coupons?userId=0', ['userId']],
    ['/api/v1/coupons?userId=1&userId=2', ['userId']],
    ['/api/v1/coupons?userId=me&limit=x&status=free', ['status', 'userId', 'limit']],
  ])('%s is 400 and names %j', async (path, named) => {
    const stock = service(200, {});
    const answering = service(200, {});
    const { app } = gateway({}, undefined, { stock: stock.upstream, coupon: answering.upstream });
    const problem = await readProblem(await app.request(path));
    expect(problem).toMatchObject({ status: 400, type: 'application/problem+json', fields: named });
    expect([...stock.asked, ...answering.asked]).toEqual([]);
  });
});

describe('a service that is away', () => {
  it.each(['/api/v1/products', '/api/v1/products/1', '/api/v1/coupons?userId=1'])('%s is 503', async (path) => {
    const response = await gateway().app.request(path);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await readProblem(response)).toMatchObject({ status: 503, type: 'application/problem+json' });
  });
});
