import type { Submitted } from '@quadrille/contracts/orders-http';
import { HttpError } from '@quadrille/process/problem';
import { examples, problems, schemas, submittedHeaders, traceHeader } from '../document.ts';
import { idempotencyKeyHeader, readIdempotencyKey } from '../idempotency-key.ts';
import { readOrder, readOrderInAnyCase } from '../order-body.ts';
import { orderPath } from '../order-view.ts';
import type { OrdersClient } from '../orders-client.ts';
import { dataHeaders, json, retryAfter } from '../responses.ts';
import type { Route } from '../route.ts';

/** Takes an order. 202: it is stored and can be read, but what comes of it is not known yet. */
export const submitRoute = (orders: OrdersClient): Route => ({
  needs: 'customer',
  definition: {
    method: 'post',
    path: '/api/v1/orders',
    operationId: 'submitOrder',
    tags: ['orders'],
    summary: 'Submit an order',
    description:
      'Numbers are integers, amounts are cents. Unknown, missing and repeated fields are refused. With an `Idempotency-Key` it is safe to send again.',
    request: {
      headers: traceHeader.extend(idempotencyKeyHeader.shape),
      body: {
        required: true,
        content: { 'application/json': { schema: schemas.submitOrder, examples: examples.orders } },
      },
    },
    responses: {
      202: {
        description: 'The order is taken; follow it at `links.self`',
        headers: submittedHeaders,
        content: { 'application/json': { schema: schemas.submitted, example: examples.submitted } },
      },
      ...problems.body,
      ...problems.reused,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, call) => {
    const orderId = accepted(
      await orders.submit(await readOrder(c, call.caller), call.traceparent, readIdempotencyKey(c)),
    );
    call.orderId = orderId;
    const self = orderPath(orderId);
    const body = { orderId, status: 'submitted', links: { self, cancel: `${self}/cancel` } };
    return json(202, body, { ...dataHeaders, location: self, ...retryAfter });
  },
});

/** The call of the article that this saga comes from, kept for its readers. */
export const articleSubmitRoute = (orders: OrdersClient): Route => ({
  needs: 'customer',
  definition: {
    method: 'post',
    path: '/api/v1/submit',
    operationId: 'submitOrderAsInTheArticle',
    tags: ['orders'],
    summary: "Submit an order by the article's call",
    description:
      'As `POST /api/v1/orders`, but names of fields are matched without regard to case (`userID` is `userId`), and the reply is ' +
      "the article's. Unlike in the article, bad input is answered with 400 and problem details, not with 200 and a code.",
    request: {
      headers: traceHeader.extend(idempotencyKeyHeader.shape),
      body: {
        required: true,
        content: { 'application/json': { schema: schemas.submitOrder, example: examples.articleOrder } },
      },
    },
    responses: {
      200: {
        description: 'The order is taken; follow it at `/api/v1/orders/{orderId}`',
        content: { 'application/json': { schema: schemas.articleReply, example: examples.articleReply } },
      },
      ...problems.body,
      ...problems.reused,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: async (c, call) => {
    const order = await readOrderInAnyCase(c, call.caller);
    const orderId = accepted(await orders.submit(order, call.traceparent, readIdempotencyKey(c)));
    call.orderId = orderId;
    return json(200, { code: 0, msg: 'ok', data: { orderId } });
  },
});

const accepted = (submitted: Submitted): string => {
  if ('orderId' in submitted) return submitted.orderId;
  throw new HttpError(
    422,
    'This Idempotency-Key belongs to an order with another body. Use a new key for a new order.',
    {
      errors: [{ field: 'Idempotency-Key', message: 'was used with another body' }],
    },
  );
};
