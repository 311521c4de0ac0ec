import { z } from '@hono/zod-openapi';
import { orderStatus } from '@quadrille/contracts/orders-http';
import { isCompensating } from '@quadrille/contracts/saga';
import { reason, step, uuid } from '@quadrille/contracts/values';
import { waitingOf } from '@quadrille/ops/waiting';
import { invalid } from '@quadrille/process/problem';
import type { Operations } from '../operations.ts';
import { lookAt, type OrderParts, readOrderId } from '../pages/order.ts';
import { hiddenFrom } from '../pages/orders.ts';
import { finishedAt, placedAt, submittedAt } from '../projection/order.ts';
import { readFilter } from '../read/filters.ts';
import { findOrders } from '../read/orders.ts';
import type { OrderRow } from '../schema.ts';
import { goTo, json } from '../web/answers.ts';
import { readFields, whole, why } from '../web/fields.ts';
import { leaveNotice } from '../web/notices.ts';
import { dataFor } from '../web/payload.ts';
import { type GuardedRoute, mayOperate } from '../web/route.ts';
import type { Viewer } from '../web/session.ts';
import { bodyOf, describe } from './document.ts';

const moment = z.string().nullable();
const personal = z.int().nullable().meta({ description: 'null for readers' });

const order = z
  .object({
    orderId: uuid,
    userId: personal,
    productId: z.int().nullable(),
    productCount: z.int().nullable(),
    amount: personal,
    couponId: personal,
    discount: personal,
    status: orderStatus,
    reason: reason.nullable(),
    waitsFor: z.array(z.enum([...step.options, 'customer'])),
    waitsSince: moment,
    submittedAt: moment,
    placedAt: moment,
    finishedAt: moment,
  })
  .openapi('Order');

const event = z
  .object({
    id: uuid,
    type: z.string(),
    publisher: z.string(),
    time: z.string(),
    causationId: uuid.nullable(),
    sinceCause: z.int().nullable().meta({ description: 'ms' }),
    compensation: z.boolean(),
    topic: z.string(),
    partition: z.int(),
    offset: z.int(),
    data: z.unknown().meta({ description: 'Personal fields are masked for readers' }),
  })
  .openapi('Event');

const viewOf = (row: OrderRow, viewer: Viewer) => {
  const seen = <Value>(value: Value) => (mayOperate(viewer) ? value : null);
  const { orderId, productId, productCount, status, waitsFor, reasonCode, reasonMessage, reasonStep } = row;
  return {
    ...{ orderId, userId: seen(row.userId), productId, productCount, amount: seen(row.amount) },
    ...{ couponId: seen(row.couponId), discount: seen(row.discount), status },
    reason: reasonCode === null ? null : { code: reasonCode, message: reasonMessage, step: reasonStep },
    waitsFor,
    waitsSince: row.waitsSince?.toISOString() ?? null,
    submittedAt: submittedAt(row)?.toISOString() ?? null,
    placedAt: placedAt(row)?.toISOString() ?? null,
    finishedAt: finishedAt(row)?.toISOString() ?? null,
  };
};

const most = 100;

const moments = '`15m` for so long ago, or `2026-01-31T12:00Z`';
/** As read/filters.ts reads it. */
const filterDocument = z.object({
  id: z
    .string()
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F-]{0,27})?$/)
    .optional()
    .meta({ description: 'An order id or its beginning' }),
  status: orderStatus.optional(),
  user: whole.optional(),
  product: whole.optional(),
  reason: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional(),
  from: z.string().max(40).optional().meta({ description: moments }),
  to: z.string().max(40).optional().meta({ description: moments }),
  before: uuid.optional().meta({ description: '`next` of the page before' }),
});

export const orderRoutes = (parts: OrderParts, operations: Operations): GuardedRoute[] => [
  {
    method: 'get',
    path: '/api/v1/orders',
    needs: 'reader',
    document: describe(
      'listOrders',
      'Orders, the newest first',
      z.object({ orders: z.array(order), next: uuid.nullable() }),
      {
        request: { query: filterDocument },
      },
    ),
    handle: async (c, { viewer }) => {
      const { filter, errors } = readFilter(new URL(c.req.url).searchParams, hiddenFrom(viewer), new Date());
      if (errors.length > 0) throw invalid(errors);
      const { items: orders, next } = await parts.sources.readModel.ask(() => findOrders(parts.pool, filter, most));
      return json({ orders: orders.map((row) => viewOf(row, viewer)), next });
    },
  },
  {
    method: 'get',
    path: '/api/v1/orders/{orderId}',
    needs: 'reader',
    document: describe(
      'readOrder',
      'An order, its events, and what it waits for',
      z.object({
        order,
        events: z.array(event),
        waits: z.object({ for: z.string(), what: z.string(), since: z.string() }).nullable(),
      }),
      {
        request: { params: z.object({ orderId: uuid }) },
        description: '`waits` is null as well while a database of the services does not answer.',
      },
    ),
    handle: async (c, { viewer }) => {
      const { order: row, story, inside } = await lookAt(parts, readOrderId(c.req.param('orderId')));
      const waits = inside && waitingOf(inside, new Date());
      return json({
        order: viewOf(row, viewer),
        events: story.map(
          ({ eventId: id, type, publisher, time, causationId, sinceCause, topic, partition, offset, payload }) => ({
            ...{
              id,
              type,
              publisher,
              time: time.toISOString(),
              causationId,
              sinceCause,
              compensation: isCompensating(type),
            },
            ...{ topic, partition, offset, data: dataFor(viewer, payload) },
          }),
        ),
        waits: waits && { ...waits, since: waits.since.toISOString() },
      });
    },
  },
  {
    method: 'post',
    path: '/api/v1/orders/{orderId}/cancel',
    needs: 'operator',
    document: describe('cancelOrder', 'Cancel an order', z.object({ status: z.string() }), {
      request: { params: z.object({ orderId: uuid }), ...bodyOf(z.object({ why })) },
      refusals: { 409: 'It is too late: the order is paid, or cancelled' },
    }),
    handle: async (c, { viewer, body }) => {
      const orderId = readOrderId(c.req.param('orderId'));
      return json(await operations.cancel(orderId, { who: viewer.name, why: readFields(body, z.object({ why })).why }));
    },
  },
  {
    method: 'post',
    path: '/orders/{orderId}/cancel',
    needs: 'operator',
    handle: async (c, { viewer, body, session }) => {
      const orderId = readOrderId(c.req.param('orderId'));
      await operations.cancel(orderId, { who: viewer.name, why: readFields(body, z.object({ why })).why });
      leaveNotice(session, 'The order is being cancelled.');
      return goTo(`/orders/${orderId}`);
    },
  },
];
