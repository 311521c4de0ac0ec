import { z } from '@hono/zod-openapi';
import { orderStatus } from '@quadrille/contracts/orders-http';
import { invalid } from '@quadrille/process/problem';
import { problems, schemas, traceHeader } from '../document.ts';
import { withLinks } from '../order-view.ts';
import type { Listing, OrdersClient } from '../orders-client.ts';
import { oneOf, wholeNumber } from '../parameters.ts';
import { readQuery } from '../query.ts';
import { json } from '../responses.ts';
import type { Route } from '../route.ts';
import { userFor, userOf } from '../user.ts';

/** Of the longest order id, user id and status, in base64. */
const longestCursor = 96;

const query = z.object({
  userId: userOf('Whose orders'),
  status: oneOf(orderStatus.options).optional().openapi({ description: 'Only those that stand so' }),
  cursor: z
    .string()
    .optional()
    .openapi({
      ...{ pattern: '^[\\w-]+$', minLength: 1, maxLength: longestCursor },
      description: 'The `next` of the page before with the same userId and status; absent: the newest orders',
    }),
  limit: wholeNumber(1, 100).default(20).openapi({ default: 20, description: 'How many at most' }),
});
type Filter = Pick<Listing, 'userId' | 'status'>;

/** A user's orders, newest first. An order that comes in meanwhile moves no page: each begins where the one before ended. */
export const listRoute = (orders: OrdersClient, publicUrl: string): Route => ({
  needs: 'customer',
  definition: {
    method: 'get',
    path: '/api/v1/orders',
    operationId: 'listOrders',
    tags: ['orders'],
    summary: "List a user's orders",
    request: { query, headers: traceHeader },
    responses: {
      200: {
        description: 'A page, newest first',
        content: { 'application/json': { schema: schemas.orderPage } },
      },
      ...problems.invalid,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, call) => {
    const { cursor, limit, userId, status } = readQuery(c, query);
    const filter = { userId: userFor(call.caller, userId), status };
    const before = cursor === undefined ? undefined : readCursor(cursor, filter);
    const page = await orders.list({ ...filter, before, limit }, call);
    return json(200, {
      orders: page.orders.map((order) => withLinks(order, publicUrl)),
      next: page.next && cursorOf(page.next, filter),
    });
  },
});

/** A cursor belongs to its filter: with another, the pages would not fit together. */
const cursorOf = (before: string, { userId, status }: Filter): string =>
  Buffer.from(`${before} ${userId} ${status ?? ''}`).toString('base64url');

const readCursor = (cursor: string, filter: Filter): string => {
  const [, before] = /^([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}) /.exec(fromBase64(cursor)) ?? [];
  if (before === undefined || cursorOf(before, filter) !== cursor)
    throw invalid([{ field: 'cursor', message: 'must be the `next` of a page with the same userId and status' }]);
  return before;
};

const fromBase64 = (text: string) => Buffer.from(text.slice(0, longestCursor), 'base64url').toString('latin1');
