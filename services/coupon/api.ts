import type { CouponPage } from '@quadrille/contracts/shop-http';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { Log } from '@quadrille/process/log';
import { Hono } from 'hono';
import { z } from 'zod';
import { listCoupons } from './store.ts';

const listing = z.object({
  userId: z.coerce.number().int().positive(),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(100),
});

/** Coupon's HTTP API, for the gateway. It only shows coupons; the rules decide about them, under a lock. */
export const createApi = ({ pool, log }: { pool: Pool; log: Log }): Hono => {
  const api = new Hono();
  api.onError(answerFailure(log));

  api.get('/coupons', async (c) => {
    const query = listing.safeParse(c.req.query());
    if (!query.success) return c.json({ error: 'wrong query' }, 400);
    const { userId, after, limit } = query.data;
    // One more than asked for tells whether there is a next page.
    const found = await listCoupons(pool, userId, after, limit + 1);
    const coupons = found.slice(0, limit);
    const next = found.length > limit ? (coupons.at(-1)?.couponId ?? null) : null;
    return c.json({ coupons, next } satisfies CouponPage);
  });

  return api;
};
