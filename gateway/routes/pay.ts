import { z } from '@hono/zod-openapi';
import { paymentMessage, webhookHeaders } from '@quadrille/contracts/payments-http';
import { uuid } from '@quadrille/contracts/values';
import type { Context } from 'hono';
import { problemOf, problems, schemas } from '../document.ts';
import { forward } from '../forward.ts';
import { refuseOtherSites } from '../other-sites.ts';
import type { Route } from '../route.ts';
import { ServiceUnavailable } from '../upstream.ts';
import type { Upstreams } from '../upstreams.ts';

const params = z.object({ paymentId: uuid.meta({ description: 'From the order; nobody can guess it' }) });
const encodedBody = problemOf('The body comes with a Content-Encoding');
const html = { 'text/html': { schema: { type: 'string' as const } } };
const pathOf = (c: Context) => `/pay/${encodeURIComponent(c.req.param('paymentId') ?? '')}`;

/** The page that `links.payment` of an order leads to. The pay service makes it. */
export const paymentPageRoute = ({ pay }: Upstreams): Route => ({
  needs: 'customer',
  definition: {
    method: 'get',
    path: '/pay/{paymentId}',
    operationId: 'paymentPage',
    tags: ['payments'],
    summary: 'The payment page, for people',
    request: { params },
    responses: {
      200: { description: 'The payment as it stands, with what can be done about it', content: html },
      404: { description: 'A page that says that there is no such payment', content: html },
      503: { description: 'A page that says that it cannot be shown now, and tries again', content: html },
      ...problems.unexpected,
    },
  },
  handle: async (c, call) => {
    try {
      return await forward(c, call, pay, pathOf(c));
    } catch (error) {
      if (!(error instanceof ServiceUnavailable)) throw error;
      call.failure = error;
      return new Response(awayPage, { status: 503, headers: awayHeaders });
    }
  },
});

/** What the buttons of the page do. */
export const payRoute = ({ pay }: Upstreams, publicUrl: string): Route => ({
  needs: 'customer',
  definition: {
    method: 'post',
    path: '/pay/{paymentId}',
    operationId: 'pay',
    tags: ['payments'],
    summary: 'Pay or decline, by the form of the payment page',
    request: {
      params,
      body: {
        content: {
          'application/x-www-form-urlencoded': {
            schema: z.object({
              action: z.enum(['pay', 'decline']),
              choice: z.string().optional().meta({ description: 'What the page offers to choose, if it does' }),
            }),
          },
        },
      },
    },
    responses: {
      303: {
        description:
          'To the page, which tells what became of it, or to the checkout of the provider; pressed twice, it is done once',
        headers: { Location: { description: 'The page', schema: { type: 'string' } } },
      },
      400: { description: 'A page that says that the form is wrong', content: html },
      403: problemOf('The form is on another site'),
      404: { description: 'A page that says that there is no such payment', content: html },
      413: problems.body[413],
      415: encodedBody,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  handle: (c, call) => {
    // Who happens to know the link must not be made to pay or decline by a form elsewhere.
    refuseOtherSites(c, publicUrl, 'This form is on another site; open the payment page itself');
    return forward(c, call, pay, pathOf(c));
  },
});

/** Where the payment provider tells what became of a charge. */
export const webhookRoute = ({ pay }: Upstreams): Route => ({
  needs: 'nothing',
  definition: {
    method: 'post',
    path: '/api/v1/payments/webhook',
    operationId: 'paymentWebhook',
    tags: ['payments'],
    summary: 'News from the payment provider',
    description:
      'Signed as the Standard Webhooks specification says, with HMAC-SHA256 over `id.timestamp.rawBody`; with Stripe as the provider, the headers and the body are those of its events. A message that is repeated, or of a type that is not known here, is answered with 200 and does nothing.',
    request: {
      headers: z.object({
        [webhookHeaders.id]: uuid.meta({ description: 'The id of the message' }),
        [webhookHeaders.timestamp]: z
          .string()
          .meta({ description: 'Seconds since 1970, at most 300 from now either way' }),
        [webhookHeaders.signature]: z.string().meta({ description: '`v1,<base64>`; several with blanks between' }),
      }),
      body: { content: { 'application/json': { schema: paymentMessage.openapi('PaymentMessage') } } },
    },
    responses: {
      200: { description: 'Processed', content: { 'application/json': { schema: schemas.health } } },
      400: problemOf('The body is signed but no sound message'),
      401: problemOf('Forged, altered, or from another time; nothing was done'),
      404: problemOf('There is no such payment'),
      413: problemOf('The body is larger than 64 KB'),
      415: encodedBody,
      ...problems.unexpected,
      ...problems.unavailable,
    },
  },
  // The provider calls for all customers.
  limited: 'load',
  handle: (c, call) => forward(c, call, pay, '/webhook'),
});

/** Small, without style or script, and soon gone by itself. */
const awayPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>One moment · Quadrille</title>
<h1>One moment</h1>
<p>The payment page cannot be shown now. Nothing is lost; it is tried again by itself.</p>
</html>
`;
const awayHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  refresh: '3',
  'retry-after': '3',
  'x-content-type-options': 'nosniff',
};
