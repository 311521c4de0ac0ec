import { type RouteConfig, z } from '@hono/zod-openapi';
import { orderStatus, orderView, problem, submitOrder } from '@quadrille/contracts/orders-http';
import { couponView, productView } from '@quadrille/contracts/shop-http';
import { uuid } from '@quadrille/contracts/values';

/** The shapes and examples that the routes' OpenAPI definitions share. */

const order1 = '0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10';
const path = z.string().meta({ description: 'A path on this host' });

const links = z.object({
  self: path,
  cancel: path.optional().meta({ description: 'Only while the order can be cancelled' }),
  payment: z.url().optional().meta({ description: 'The payment page, only while the payment is awaited' }),
});

const order = orderView.extend({ links }).openapi('Order');
const product = productView.openapi('Product');
const coupon = couponView.openapi('Coupon');
const nextPage = z.string().nullable().meta({ description: 'The cursor of the next page; null: this was the last' });

export const schemas = {
  submitOrder: submitOrder
    .partial({ userId: true })
    .extend({
      userId: submitOrder.shape.userId.optional().meta({
        description: 'Who orders: needed where login is off; elsewhere the user who is logged in',
        example: 1,
      }),
    })
    .meta({ description: 'An order to place' })
    .openapi('SubmitOrder'),
  submitted: z.object({ orderId: uuid, status: z.literal('submitted'), links }).openapi('Submitted'),
  order,
  orderPage: z
    .object({
      orders: z.array(order),
      next: nextPage,
    })
    .openapi('OrderPage'),
  product,
  productPage: z.object({ products: z.array(product), next: nextPage }).openapi('ProductPage'),
  couponPage: z.object({ coupons: z.array(coupon), next: nextPage }).openapi('CouponPage'),
  problem: problem.meta({ description: 'RFC 9457 problem details' }).openapi('Problem'),
  orderFinal: problem
    .extend({ orderStatus: orderStatus.meta({ description: 'How the order ended' }) })
    .openapi('OrderFinal'),
  articleReply: z
    .object({ code: z.literal(0), msg: z.literal('ok'), data: z.object({ orderId: uuid }) })
    .openapi('ArticleReply'),
  health: z.object({ status: z.literal('ok') }).openapi('Health'),
};

const seedOrder = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 1 };

export const examples = {
  orders: {
    'with coupon 1': { summary: 'Product 1 once with coupon 1: placed, 100 left to pay', value: seedOrder },
    'without a coupon': { summary: 'Product 1 once: placed', value: { ...seedOrder, couponId: 0 } },
    'too many': {
      summary: 'More than there are: cancelled, nothing changed',
      value: { ...seedOrder, amount: 1_100_000, productCount: 1000, couponId: 0 },
    },
  },
  articleOrder: { userID: 1, productID: 1, amount: 1100, productCount: 1, couponID: 1 },
  submitted: {
    orderId: order1,
    status: 'submitted',
    links: { self: `/api/v1/orders/${order1}`, cancel: `/api/v1/orders/${order1}/cancel` },
  },
  articleReply: { code: 0, msg: 'ok', data: { orderId: order1 } },
};

export const problemOf = (
  description: string,
  schema: typeof schemas.problem | typeof schemas.orderFinal = schemas.problem,
) => ({
  description,
  content: { 'application/problem+json': { schema } },
});

const retryAfterHeader = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' as const } } };

/** The problems a call can end in. Every call can end in the last one. */
export const problems = {
  invalid: { 400: problemOf('Something in the request is wrong; `errors` names it') },
  body: {
    400: problemOf('Something in the body is wrong; `errors` names every wrong field'),
    413: problemOf('The body is larger than 64 KB'),
    415: problemOf('The body is not application/json, or comes with a Content-Encoding'),
  },
  unknown: { 404: problemOf('There is no such order') },
  unknownProduct: { 404: problemOf('There is no such product') },
  reused: { 422: problemOf('The idempotency key belongs to a submission with another body; nothing was done') },
  orderFinal: { 409: problemOf('The order has come to its end; `orderStatus` says which', schemas.orderFinal) },
  unavailable: { 503: { ...problemOf('A service behind the gateway is away; try again'), headers: retryAfterHeader } },
  tooMany: {
    429: {
      ...problemOf('The address, user or key has made more calls than it may; `Retry-After` says when it may again'),
      headers: retryAfterHeader,
    },
  },
  unexpected: { 500: problemOf('A fault of ours; `instance` is the trace id under which it is logged') },
} satisfies Record<string, RouteConfig['responses']>;

export const orderIdParameter = z.object({ orderId: uuid.meta({ description: 'From the reply to the submission' }) });

export const traceHeader = z.object({
  traceparent: z.string().optional().meta({
    description: "W3C trace context; the order's events carry its trace id. One that is malformed is ignored",
  }),
});

export const orderHeadersDocument = {
  ETag: { description: 'The version of the order', schema: { type: 'string' as const } },
  'Retry-After': { description: 'Seconds; only while the order is not final', schema: { type: 'integer' as const } },
};

export const submittedHeaders = {
  Location: { description: 'Where the order can be read, at once', schema: { type: 'string' as const } },
  ...retryAfterHeader,
};
