import { Counter } from '@quadrille/process/metrics';
import type { PaymentProvider } from '@quadrille/providers/provider';
import { problem } from './problem.ts';
import { applyResult, type ResultParts } from './results.ts';

export type WebhookParts = ResultParts & { readonly provider: Pick<PaymentProvider, 'readWebhook'> };

/** Takes what the provider tells. An error is answered as one, so that the provider tells it again. */
export const receiveWebhook = async (request: Request, parts: WebhookParts): Promise<Response> => {
  const { provider, log } = parts;
  const body = new Uint8Array(await request.arrayBuffer());
  const webhook = provider.readWebhook({ headers: request.headers, body }, Date.now());
  switch (webhook.kind) {
    case 'forged':
      log.warn({ bytes: body.length }, 'a webhook without a good signature was refused');
      return problem(401, webhook.why);
    case 'malformed':
      return problem(400, webhook.why);
    case 'ignored':
      // Any other answer, and the provider would repeat for days what we will never understand.
      ignored.inc();
      log.warn({ type: webhook.type }, 'the provider tells of something that does not concern us; nothing was done');
      return Response.json({ status: 'ok' });
    case 'result':
      return (await applyResult(webhook.result, parts))
        ? Response.json({ status: 'ok' })
        : problem(404, 'There is no such payment');
  }
};

const ignored = new Counter({
  name: 'quadrille_pay_webhooks_ignored_total',
  help: 'Webhooks that do not concern pay: answered with 200, and nothing done',
});
