import {
  type PaymentMessage,
  paymentMessage,
  paymentMessageTypes,
  webhookHeaders,
} from '@quadrille/contracts/payments-http';
import type { Pool } from '@quadrille/db/connect';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { Command } from '@quadrille/participant/runtime';
import type { Log } from '@quadrille/process/log';
import { Counter } from '@quadrille/process/metrics';
import { verify } from '@quadrille/providers/webhook';
import { problem } from './problem.ts';
import { decline, type PayState, refunded, succeed } from './rules.ts';
import type { Payment } from './schema.ts';
import { findPayment } from './store.ts';

export type WebhookParts = {
  readonly pool: Pool;
  readonly service: Pick<RunningParticipant<PayState>, 'execute'>;
  readonly secrets: readonly string[];
  readonly log: Log;
};

/**
 * Takes what the provider tells. Whether it is the provider is settled before a byte of it is read. There is no list of messages taken:
 * the charge's row, by the provider's id, and the payment's status make a repeat find nothing left to do, however late it comes. An error
 * is answered as one, so that the provider tells it again.
 */
export const receiveWebhook = async (request: Request, parts: WebhookParts): Promise<Response> => {
  const { pool, service, secrets, log } = parts;
  const header = (name: string) => request.headers.get(name) ?? undefined;
  const body = new Uint8Array(await request.arrayBuffer());
  const { timestamp, signature } = webhookHeaders;
  if (!verify(secrets, { timestamp: header(timestamp), signature: header(signature), body }, Date.now())) {
    log.warn({ bytes: body.length }, 'a webhook without a good signature was refused');
    return problem(401, 'The signature does not fit the message, or the message is older or newer than 5 minutes');
  }
  const json = parseJson(body);
  const unknown = unknownType(json);
  if (unknown !== undefined) {
    // Any other answer, and the provider would repeat for days what we will never understand.
    ignored.inc();
    log.warn({ type: unknown }, 'the provider tells of something that we do not know; nothing was done');
    return Response.json({ status: 'ok' });
  }
  const message = paymentMessage.safeParse(json).data;
  if (!message) return problem(400, 'The body is no message of a payment provider');
  // The signature covers the body only: a header that says otherwise was changed on the way.
  if (message.id !== header(webhookHeaders.id)) return problem(401, 'webhook-id is not the id of the message');

  const found = await findPayment(pool, message.paymentId);
  if (!found) {
    log.error({ paymentId: message.paymentId }, `${message.type} for a payment that there is not`);
    return problem(404, 'There is no such payment');
  }
  report(log, message, await service.execute(commandOf(message, found.payment)));
  return Response.json({ status: 'ok' });
};

const ignored = new Counter({
  name: 'quadrille_pay_webhooks_ignored_total',
  help: 'Webhooks of a type that pay does not know: answered with 200, and nothing done',
});

const parseJson = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined;
  }
};

/** The type of a message that is sound as far as we can see, but of a type that we do not know. */
const unknownType = (json: unknown): string | undefined =>
  typeof json === 'object' &&
  json !== null &&
  'type' in json &&
  typeof json.type === 'string' &&
  json.type !== '' &&
  !paymentMessageTypes.includes(json.type)
    ? json.type.slice(0, 64)
    : undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const commandOf = (message: PaymentMessage, { orderId, traceparent }: Payment): Command<PayState> => {
  const command = { name: message.type, correlationId: orderId, traceparent: traceparent ?? undefined };
  switch (message.type) {
    case 'charge-succeeded':
      return { ...command, keys: { charge: message.chargeId }, decide: succeed(message) };
    case 'charge-refunded':
      return { ...command, keys: { charge: message.chargeId }, decide: refunded(message) };
    case 'charge-declined':
      return { ...command, decide: decline('provider') };
  }
};

/** What no rule can put right: the provider's books differ from ours. */
const report = (log: Log, message: PaymentMessage, { payment, charge }: PayState): void => {
  const { type, paymentId } = message;
  const fields = { orderId: payment?.orderId, paymentId, chargeId: charge?.chargeId };
  if (type === 'charge-succeeded' && charge?.amount !== payment?.amount)
    log.error({ ...fields, charged: message.amount }, 'the provider charged another amount than it was asked for');
  if (type === 'charge-succeeded' && charge?.chargeId !== payment?.chargeId)
    log.error(fields, 'the provider charged a payment twice; the second charge goes back');
  if (type === 'charge-refunded' && charge?.status !== 'refunded')
    log.error(
      { ...fields, refunded: message.amount },
      'the provider gave back what is not to go back, or not all of it',
    );
  else if (type === 'charge-refunded' && charge?.asked === 0)
    log.error(
      { ...fields, refunded: message.amount },
      'the provider gave back a charge that it was not asked for; if the order is paid, its goods are gone without money',
    );
};
