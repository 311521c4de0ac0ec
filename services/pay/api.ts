import { givenUuid } from '@quadrille/contracts/values';
import { isPassing } from '@quadrille/participant/answer-failure';
import { ownerFor, readCaller } from '@quadrille/process/caller';
import { type Markup, toText } from '@quadrille/process/html';
import type { PaymentProvider } from '@quadrille/providers/provider';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { pageHeadersFor, paymentPage, troublePage } from './page.ts';
import { problem } from './problem.ts';
import { receiveWebhook, type WebhookParts } from './receive.ts';
import { decline, start } from './rules.ts';
import { mayBePaid } from './stage.ts';
import { type FoundPayment, findPayment } from './store.ts';

/** Stripe's events are a few KB, and grow with what they are about. */
const mostBytes = 64 * 1024;

/** What the page's form sends. */
const formOf = ({ question }: PaymentProvider) =>
  z.object({
    action: z.enum(['pay', 'decline']),
    // A form sends a field that is left empty as an empty text.
    choice: z
      .string()
      .refine((text) => text === '' || question?.options.some(({ value }) => value === text))
      .optional(),
  });

/** Pay's HTTP API, for the gateway: the payment page and the provider's webhook. `rules.ts` decides, not this file. */
export const createApi = (parts: WebhookParts & { readonly provider: PaymentProvider }): Hono => {
  const { pool, service, provider, log } = parts;
  const api = new Hono();
  const pageHeaders = pageHeadersFor(provider.checkout);
  const page = (c: Context, status: 200 | 400 | 404 | 413 | 500 | 503, body: Markup) =>
    c.html(toText(body), status, status === 503 ? { ...pageHeaders, 'retry-after': '5' } : pageHeaders);

  api.onError((error, c) => {
    const away = isPassing(error);
    log[away ? 'warn' : 'error']({ err: error }, 'call failed');
    const status = away ? 503 : 500;
    return c.req.path === '/webhook'
      ? problem(status, away ? 'It cannot be done now; try again' : 'A fault of ours')
      : page(c, status, troublePage(status));
  });

  const find = async (c: Context): Promise<FoundPayment | undefined> => {
    const paymentId = givenUuid.safeParse(c.req.param('paymentId'));
    const found = paymentId.success ? await findPayment(pool, paymentId.data) : undefined;
    const owner = ownerFor(readCaller(c.req.raw.headers));
    return owner === null || found?.payment.userId === owner ? found : undefined;
  };

  const tooLarge = (c: Context) =>
    c.req.path === '/webhook'
      ? problem(413, `The body is larger than ${mostBytes} bytes`)
      : page(c, 413, troublePage(413));
  const limit = bodyLimit({ maxSize: mostBytes, onError: tooLarge });

  api.post('/webhook', limit, (c) => receiveWebhook(c.req.raw, parts));

  api.get('/pay/:paymentId', async (c) => {
    const found = await find(c);
    return found ? page(c, 200, paymentPage(found, provider)) : page(c, 404, troublePage(404));
  });

  // Answered by sending the browser back to the page: loading that again pays nothing.
  api.post('/pay/:paymentId', limit, async (c) => {
    const found = await find(c);
    if (!found) return page(c, 404, troublePage(404));
    const form = formOf(provider).safeParse(await c.req.parseBody());
    if (!form.success) return page(c, 400, troublePage(400));
    const { orderId, paymentId, traceparent, amount, expiresAt } = found.payment;
    const command = { correlationId: orderId, traceparent: traceparent ?? undefined };
    if (form.data.action === 'decline')
      await service.execute({ ...command, name: 'decline', decide: decline('customer') });
    else if (paymentId && expiresAt && mayBePaid(found, provider)) {
      // First the provider, who takes a repeat for what it is; then our note of it. Dying in between only asks the customer again.
      const next = await provider.charge({ paymentId, orderId, amount, answer: form.data.choice, expiresAt });
      const decide = next.kind === 'declined' ? decline('provider') : start;
      await service.execute({ ...command, name: next.kind === 'declined' ? 'decline' : 'start', decide });
      if (next.kind === 'checkout') return c.redirect(next.url, 303);
    }
    return c.redirect(`/pay/${paymentId}`, 303);
  });

  return api;
};
