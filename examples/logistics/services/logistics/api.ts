import { id, uuid } from '@quadrille/contracts/values';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import type { Log } from '@quadrille/process/log';
import { Hono } from 'hono';
import { z } from 'zod';
import { logisticsOrderRows, saveAddress } from './store.ts';

const addressOfUser = z.strictObject({ userId: id, address: z.string().trim().min(1).max(255) });

/** The HTTP API of logistics. The gateway hands it all calls of `/api/v1/logistics/...`, which no other service answers. */
export const createApi = ({ pool, log }: { pool: Pool; log: Log }): Hono => {
  const api = new Hono().basePath('/api/v1/logistics');
  api.onError(answerFailure(log));

  api.get('/orders/:orderId', async (c) => {
    const orderId = uuid.safeParse(c.req.param('orderId'));
    if (!orderId.success) return c.json({ error: 'wrong order id' }, 400);
    const [row] = await logisticsOrderRows.read(pool, new Set([orderId.data]));
    if (!row) return c.json({ error: 'unknown order' }, 404);
    return c.json({ orderId: row.orderId, status: row.status, trackingId: row.trackingId });
  });

  api.post('/addresses', async (c) => {
    const body = addressOfUser.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: 'give userId and address' }, 400);
    await saveAddress(pool, body.data);
    return c.json(body.data);
  });

  return api;
};
