import { type Submission, submissions, waitUntil } from '@quadrille/contracts/orders-http';
import { nextSpan } from '@quadrille/contracts/trace';
import type { Pool } from '@quadrille/db/connect';
import type { RunningParticipant } from '@quadrille/participant/participant';
import { createQueue } from '@quadrille/process/queue';
import { Hono } from 'hono';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { cancel, isFinal, type OrderState, submit } from './rules.ts';
import type { Order } from './schema.ts';
import { readOrders } from './store.ts';
import { hasReached, toView } from './view.ts';
import type { Watch } from './watch.ts';

const waiting = z.object({
  wait: z.coerce.number().min(0).max(60).default(0),
  until: waitUntil.default('change'),
  version: z.coerce.number().int().optional(),
});

/** The order service's HTTP door, for the gateway. Nothing here decides: `rules.ts` does. */
export const createApi = (options: {
  pool: Pool;
  service: Pick<RunningParticipant<OrderState>, 'execute'>;
  watch: Watch;
  /** ms an order has to be placed */
  deadline: number;
  isReady: () => boolean;
  stopping: AbortSignal;
}): Hono => {
  const { pool, service, watch, deadline } = options;
  // Concurrent readers share one statement, as concurrent submits share one transaction.
  const reads = createQueue<string, Order | undefined>(async (orderIds) => {
    const found = await readOrders(pool, orderIds);
    return orderIds.map((orderId) => found.get(orderId));
  }, 500);
  const read = async (orderId: string) => (await reads.add([orderId]))[0];

  /** Answers when the order has come to what is waited for, when the time is over, or when we are shutting down. */
  const awaitOrder = async (orderId: string, { wait, until, version }: z.infer<typeof waiting>) => {
    const { promise, resolve, reject } = Promise.withResolvers<Order | undefined>();
    let seen = version;
    const off = watch.on(orderId, (order) => {
      if (hasReached(order, until, seen ?? 0)) resolve(order);
    });
    const giveUp = () => void read(orderId).then(resolve, reject);
    const timer = setTimeout(giveUp, wait * 1000);
    options.stopping.addEventListener('abort', giveUp);
    try {
      // Watching began before this look, so that no change falls between.
      const found = watch.lately(orderId) ?? (await read(orderId));
      seen ??= found?.version;
      if (!found || hasReached(found, until, seen ?? 0) || options.stopping.aborted) return found;
      return await promise;
    } finally {
      off();
      clearTimeout(timer);
      options.stopping.removeEventListener('abort', giveUp);
    }
  };

  const api = new Hono();
  api.get('/health', (c) => c.json({ status: 'ok' }));
  api.get('/ready', (c) => (options.isReady() ? c.json({ status: 'ok' }) : c.json({ status: 'not ready' }, 503)));

  const place = async ({ order: request, traceparent }: Submission) => {
    const orderId = uuidv7();
    await service.execute({
      name: 'submit',
      correlationId: orderId,
      traceparent: nextSpan(traceparent),
      decide: (_state, now) => submit(orderId, request, deadline, now),
    });
    return { orderId };
  };

  // Many orders in one call, as many calls become one transaction: what one order costs shrinks with the load.
  api.post('/orders', async (c) => {
    const submitted = submissions.safeParse(await c.req.json().catch(() => null));
    if (!submitted.success) return c.json({ error: 'not orders' }, 400);
    return c.json(await Promise.all(submitted.data.map(place)), 201);
  });

  api.get('/orders/:orderId', async (c) => {
    const query = waiting.safeParse(c.req.query());
    if (!query.success) return c.json({ error: 'wrong query' }, 400);
    const orderId = c.req.param('orderId');
    const order = query.data.wait > 0 ? await awaitOrder(orderId, query.data) : await read(orderId);
    return order ? c.json(toView(order)) : c.json({}, 404);
  });

  api.post('/orders/:orderId/cancel', async (c) => {
    let wasFinal = false;
    const { order } = await service.execute({
      name: 'cancel',
      correlationId: c.req.param('orderId'),
      traceparent: nextSpan(c.req.header('traceparent')),
      decide: (state, now) => {
        wasFinal = state.order !== undefined && isFinal(state.order);
        return cancel(state, now);
      },
    });
    if (!order) return c.json({}, 404);
    return c.json(toView(order), wasFinal ? 409 : 202);
  });

  return api;
};
