import { z } from '@hono/zod-openapi';
import type { OrderView } from '@quadrille/contracts/orders-http';
import { HttpError } from '@quadrille/process/problem';
import { orderIdParameter, problems, traceHeader } from '../document.ts';
import type { HeldCalls } from '../held-calls.ts';
import { readOrderId } from '../order-id.ts';
import { withLinks } from '../order-view.ts';
import type { By, OrdersClient } from '../orders-client.ts';
import { dataHeaders } from '../responses.ts';
import type { Route } from '../route.ts';
import { ServiceUnavailable } from '../upstream.ts';

const requestHeaders = traceHeader.extend({
  'Last-Event-ID': z.string().optional().meta({
    description:
      'The version the client has seen; sent by browsers when they connect again. Anything but up to 15 digits is ignored',
  }),
});

/** Proxies and browsers take a stream that says nothing for broken. */
const pulseEvery = 15_000;
const tryAgainAfter = 1_000;

/** Follows an order: its present state at once, then each change, until it is final. The id of an event is the order's version. */
export const eventsRoute = (orders: OrdersClient, held: HeldCalls, publicUrl: string): Route => ({
  needs: 'customer',
  definition: {
    method: 'get',
    path: '/api/v1/orders/{orderId}/events',
    operationId: 'followOrder',
    tags: ['orders'],
    summary: 'Follow an order by server-sent events',
    description:
      'Events are named `order`; their data is what `GET /api/v1/orders/{orderId}` answers, their id the version. The stream ends when the order is final. Changes that come faster than the client reads may be told as one.',
    request: { params: orderIdParameter, headers: requestHeaders },
    responses: {
      200: {
        description: 'The order, each time it changes',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      204: { description: 'The order is final and the client has seen it so: do not connect again' },
      ...problems.invalid,
      ...problems.unknown,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, call) => {
    const orderId = readOrderId(c, call);
    const seen = readLastEventId(c.req.header('last-event-id'));
    const order = await orders.find(orderId, call);
    if (!order) throw new HttpError(404, 'There is no such order');
    if (order.final && order.version === seen) return new Response(null, { status: 204 });

    const headers = { ...dataHeaders, 'content-type': 'text/event-stream' };
    // Without a reader the stream would never end.
    if (c.req.method === 'HEAD') return new Response(null, { status: 200, headers });
    const show = (state: OrderView) =>
      `event: order\nid: ${state.version}\ndata: ${JSON.stringify(withLinks(state, publicUrl))}\n\n`;
    const first = order.version === seen ? '' : show(order);
    const stream = held.stream(c.req.raw.signal, call, async (write, signal) => {
      write(`retry: ${tryAgainAfter}\n\n${first}`);
      const pulse = setInterval(() => write(': still here\n\n'), pulseEvery);
      try {
        for (let state: OrderView | undefined = order; state && !state.final; ) {
          const next = await changeOf(orders, state, call, signal);
          if (next) write(show(next));
          state = next;
        }
      } finally {
        clearInterval(pulse);
      }
    });
    return new Response(stream, { status: 200, headers });
  },
});

/** The order service may go away and come back while clients follow: they need not know. */
const changeOf = async (orders: OrdersClient, { orderId, version }: OrderView, by: By, signal: AbortSignal) => {
  for (;;) {
    try {
      return await orders.next(orderId, 'change', version, signal, by);
    } catch (error) {
      if (signal.aborted || !(error instanceof ServiceUnavailable)) throw error;
      await new Promise((resolve) => setTimeout(resolve, tryAgainAfter));
    }
  }
};

const readLastEventId = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
