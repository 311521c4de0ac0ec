import { z } from '@hono/zod-openapi';
import { waitUntil } from '@quadrille/contracts/orders-http';
import { HttpError } from '@quadrille/process/problem';
import { orderHeadersDocument, orderIdParameter, problems, schemas, traceHeader } from '../document.ts';
import type { HeldCalls } from '../held-calls.ts';
import { newest, readIfNoneMatch } from '../if-none-match.ts';
import { readOrderId } from '../order-id.ts';
import { answerNotModified, answerOrder } from '../order-view.ts';
import { longestWait, type OrdersClient } from '../orders-client.ts';
import { oneOf, wholeNumber } from '../parameters.ts';
import { readQuery } from '../query.ts';
import type { Route } from '../route.ts';

const wait = wholeNumber(0, longestWait).default(0).openapi({
  default: 0,
  description: 'Hold the answer for up to so many seconds, until the order is as `until` says',
  example: 30,
});
const until = oneOf(waitUntil.options).default('change').openapi({
  description:
    'change: any change, from the version in If-None-Match or from now; placed: it awaits its payment, or never will; final: paid or cancelled',
});
const query = z.object({ wait, until });

const headers = traceHeader.extend({
  'If-None-Match': z
    .string()
    .optional()
    .meta({ description: 'The ETag of what the client has; 304 if that is still so' }),
});

/** Reads an order, at once or when it has moved (long poll). */
export const readRoute = (orders: OrdersClient, held: HeldCalls, publicUrl: string): Route => ({
  needs: 'customer',
  definition: {
    method: 'get',
    path: '/api/v1/orders/{orderId}',
    operationId: 'readOrder',
    tags: ['orders'],
    summary: 'Read an order, or wait for it to move',
    request: { params: orderIdParameter, query, headers },
    responses: {
      200: {
        description: 'The order as it is now',
        headers: orderHeadersDocument,
        content: { 'application/json': { schema: schemas.order } },
      },
      304: { description: 'The order is still what the client has', headers: orderHeadersDocument },
      ...problems.invalid,
      ...problems.unknown,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, call) => {
    const orderId = readOrderId(c, call);
    const { wait, until } = readQuery(c, query);
    call.isHeld = wait > 0;
    const known = readIfNoneMatch(c.req.header('if-none-match'));
    const find = () => orders.find(orderId, call);
    const hold = { wait, until, version: newest(known) };
    const order = await (wait === 0
      ? find()
      : held.hold(c.req.raw.signal, call, (signal) => orders.wait(orderId, hold, call, signal), find));
    if (!order) throw new HttpError(404, 'There is no such order');
    return known.any || known.versions.includes(order.version)
      ? answerNotModified(order)
      : answerOrder(200, order, publicUrl);
  },
});
