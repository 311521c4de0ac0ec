import type { ProductPage, ProductView } from '@quadrille/contracts/shop-http';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { Log } from '@quadrille/process/log';
import { createQueue } from '@quadrille/process/queue';
import { Hono } from 'hono';
import { z } from 'zod';
import { listProducts, readProducts } from './store.ts';

const listing = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100),
});
const productId = z.coerce.number().int().positive();

/** Stock's HTTP API, for the gateway. It only shows products; the rules decide about them, under a lock. */
export const createApi = ({ pool, log }: { pool: Pool; log: Log }): Hono => {
  const api = new Hono();
  api.onError(answerFailure(log));

  // Concurrent readers share one statement.
  const reads = createQueue<number, ProductView | undefined>(async (productIds) => {
    const found = new Map((await readProducts(pool, productIds)).map((product) => [product.productId, product]));
    return productIds.map((id) => found.get(id));
  }, 500);

  api.get('/products', async (c) => {
    const query = listing.safeParse(c.req.query());
    if (!query.success) return c.json({ error: 'wrong query' }, 400);
    const { after, limit } = query.data;
    // One more than asked for tells whether there is a next page.
    const found = await listProducts(pool, after, limit + 1);
    const products = found.slice(0, limit);
    const next = found.length > limit ? (products.at(-1)?.productId ?? null) : null;
    return c.json({ products, next } satisfies ProductPage);
  });

  api.get('/products/:productId', async (c) => {
    const asked = productId.safeParse(c.req.param('productId'));
    const [product] = asked.success ? await reads.add([asked.data]) : [];
    return product ? c.json(product) : c.json({}, 404);
  });

  return api;
};
