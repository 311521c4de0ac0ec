import { randomUUIDv7 } from 'node:crypto';
import { orderStatus, type Submission, type Submitted, submissions } from '@quadrille/contracts/orders-http';
import { id, uuid } from '@quadrille/contracts/values';
import type { Pool } from '@quadrille/db/connect';
import { answerFailure } from '@quadrille/participant/answer-failure';
import { nothing } from '@quadrille/participant/decide';
import type { RunningParticipant } from '@quadrille/participant/participant';
import { ownerFor, readCaller } from '@quadrille/process/caller';
import type { Log } from '@quadrille/process/log';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { hashKey, type SubmitState, submitOnce } from './idempotency.ts';
import { cancel, isFinal } from './rules.ts';
import type { Order } from './schema.ts';
import { listOrders } from './store.ts';
import { toView } from './view.ts';

const listing = z.object({
  userId: z.coerce.number().pipe(id),
  status: orderStatus.optional(),
  before: uuid.optional(),
  limit: z.coerce.number().int().min(1).max(100),
});

/** The order service's HTTP API, for the gateway. `rules.ts` decides, not this file. */
export const createApi = (options: {
  pool: Pool;
  service: Pick<RunningParticipant<SubmitState>, 'execute'>;
  read: (orderId: string) => Promise<Order | undefined>;
  /** ms an order has to be placed */
  deadline: number;
  log: Log;
}): Hono => {
  const { pool, service, read, deadline, log } = options;
  const api = new Hono();
  api.onError(answerFailure(log));
  /** Whether a caller may know of an order: of another user's they learn what they learn of one that there is not. */
  const isTheirs = (c: Context, { userId }: Order) => [null, userId].includes(ownerFor(readCaller(c.req.raw.headers)));

  const place = async (submission: Submission): Promise<Submitted> => {
    const orderId = randomUUIDv7();
    const hashes = hashKey(submission);
    const { idempotencyKey } = await service.execute({
      name: 'submit',
      correlationId: orderId,
      traceparent: submission.traceparent,
      ...(hashes && { keys: { idempotencyKey: hashes.keyHash } }),
      decide: (state, now) => submitOnce(state, { orderId, order: submission.order, hashes, deadline }, now),
    });
    if (!idempotencyKey) return { orderId };
    return idempotencyKey.requestHash === hashes?.requestHash ? { orderId: idempotencyKey.orderId } : { reused: true };
  };

  // Many orders in one call, as many calls become one transaction: what one order costs shrinks with the load.
  api.post('/orders', async (c) => {
    const submitted = submissions.safeParse(await c.req.json().catch(() => null));
    if (!submitted.success) return c.json({ error: 'not orders' }, 400);
    return c.json(await Promise.all(submitted.data.map(place)), 201);
  });

  api.get('/orders', async (c) => {
    const query = listing.safeParse(c.req.query());
    if (!query.success) return c.json({ error: 'wrong query' }, 400);
    const { limit, ...filter } = query.data;
    // One more than asked for tells whether there is a next page.
    const found = await listOrders(pool, filter, limit + 1);
    const page = found.slice(0, limit);
    return c.json({ orders: page.map(toView), next: found.length > limit ? page.at(-1)?.orderId : null });
  });

  api.get('/orders/:orderId', async (c) => {
    const order = await read(c.req.param('orderId'));
    return order && isTheirs(c, order) ? c.json(toView(order)) : c.json({}, 404);
  });

  api.post('/orders/:orderId/cancel', async (c) => {
    let wasFinal = false;
    let isForeign = false;
    const { order } = await service.execute({
      name: 'cancel',
      correlationId: c.req.param('orderId'),
      traceparent: c.req.header('traceparent'),
      decide: (state, now) => {
        isForeign = state.order !== undefined && !isTheirs(c, state.order);
        if (isForeign) return nothing;
        wasFinal = state.order !== undefined && isFinal(state.order);
        return cancel(state, now);
      },
    });
    if (!order || isForeign) return c.json({}, 404);
    return c.json(toView(order), wasFinal ? 409 : 202);
  });

  return api;
};
