import { HttpError } from '@quadrille/process/problem';
import { refuseLargeBody } from '../body.ts';
import { orderHeadersDocument, orderIdParameter, problems, schemas, traceHeader } from '../document.ts';
import { readOrderId } from '../order-id.ts';
import { answerOrder } from '../order-view.ts';
import type { OrdersClient } from '../orders-client.ts';
import type { Route } from '../route.ts';

/** Gives an order up. Safe to repeat. 202: it will be cancelled, and is when every service has undone its part. */
export const cancelRoute = (orders: OrdersClient, publicUrl: string): Route => ({
  needs: 'customer',
  definition: {
    method: 'post',
    path: '/api/v1/orders/{orderId}/cancel',
    operationId: 'cancelOrder',
    tags: ['orders'],
    summary: 'Cancel an order',
    description:
      'Needs no body. Repeating it while the order is being cancelled does no harm and gets the same answer.',
    request: { params: orderIdParameter, headers: traceHeader },
    responses: {
      202: {
        description:
          'The order is being cancelled; `pendingCompensations` names the services that have not confirmed yet',
        headers: orderHeadersDocument,
        content: { 'application/json': { schema: schemas.order } },
      },
      ...problems.invalid,
      ...problems.unknown,
      ...problems.orderFinal,
      413: problems.body[413],
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, call) => {
    refuseLargeBody(c);
    const orderId = readOrderId(c, call);
    const cancellation = await orders.cancel(orderId, call);
    if (!cancellation) throw new HttpError(404, 'There is no such order');
    const { outcome, order } = cancellation;
    if (outcome === 'cancelling') return answerOrder(202, order, publicUrl);
    throw new HttpError(409, `The order is ${order.status} already`, { members: { orderStatus: order.status } });
  },
});
