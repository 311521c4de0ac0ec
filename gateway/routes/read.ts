import { z } from '@hono/zod-openapi';
import { waitUntil } from '@quadrille/contracts/orders-http';
import type { Context } from 'hono';
import { orderHeadersDocument, orderIdParameter, problems, schemas, traceHeader } from '../document.ts';
import type { HeldCalls } from '../held-calls.ts';
import { newest, readIfNoneMatch } from '../if-none-match.ts';
import { readOrderId } from '../order-id.ts';
import { answerNotModified, answerOrder } from '../order-view.ts';
import { type Hold, longestWait, type OrdersClient } from '../orders-client.ts';
import { type FieldError, invalid, Refusal } from '../problem.ts';
import type { Route } from '../route.ts';

const query = z.object({
  wait: z.int().min(0).max(longestWait).optional().meta({
    description: 'Hold the answer for up to so many seconds, until the order is as `until` says',
    example: 30,
  }),
  until: waitUntil.optional().meta({
    description:
      'change (default): any change, from the version in If-None-Match or from now; placed: it awaits its payment, or never will; final: paid or cancelled',
  }),
});

const headers = traceHeader.extend({
  'If-None-Match': z
    .string()
    .optional()
    .meta({ description: 'The ETag of what the client has; 304 if that is still so' }),
});

/** Reads an order, at once or when it has moved (long poll). */
export const readRoute = (orders: OrdersClient, held: HeldCalls, publicUrl: string): Route => ({
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
    const { wait, until } = readQuery(c);
    const known = readIfNoneMatch(c.req.header('if-none-match'));
    const find = () => orders.find(orderId, call.traceparent);
    const hold = { wait, until, version: newest(known) };
    const order = await (wait === 0
      ? find()
      : held.hold(c.req.raw.signal, (signal) => orders.wait(orderId, hold, call.traceparent, signal), find));
    if (!order) throw new Refusal(404, 'There is no such order');
    return known.any || known.versions.includes(order.version)
      ? answerNotModified(order)
      : answerOrder(200, order, publicUrl);
  },
});

const readQuery = (c: Context): Pick<Hold, 'wait' | 'until'> => {
  const errors: FieldError[] = [];
  const given: Record<string, string> = {};
  for (const [field, values] of Object.entries(c.req.queries())) {
    if (field !== 'wait' && field !== 'until') errors.push({ field, message: 'is not a known parameter' });
    else if (values.length > 1) errors.push({ field, message: 'is given more than once' });
    else given[field] = values[0] ?? '';
  }
  const wait = given.wait ?? '0';
  if (!/^\d{1,2}$/.test(wait) || Number(wait) > longestWait)
    errors.push({ field: 'wait', message: `must be a whole number of seconds from 0 to ${longestWait}` });
  const until = waitUntil.safeParse(given.until ?? 'change');
  if (!until.success) errors.push({ field: 'until', message: `must be one of ${waitUntil.options.join(', ')}` });
  if (errors.length > 0 || !until.success) throw invalid(errors);
  return { wait: Number(wait), until: until.data };
};
