import { paymentMessage, paymentMessageTypes, webhookHeaders } from '@quadrille/contracts/payments-http';
import type { PaymentProvider } from '../provider.ts';
import { verify } from '../webhook.ts';

/** Reads what the test provider sends: a `PaymentMessage`, signed as the Standard Webhooks specification says. */
export const readWebhookWith =
  (secrets: readonly string[]): PaymentProvider['readWebhook'] =>
  ({ headers, body }, now) => {
    const header = (name: string) => headers.get(name) ?? undefined;
    const id = header(webhookHeaders.id);
    const timestamp = header(webhookHeaders.timestamp);
    if (!verify(secrets, { id, timestamp, signature: header(webhookHeaders.signature), body }, now))
      return {
        kind: 'forged',
        why: 'The signature does not fit the message, or the message is older or newer than 5 minutes',
      };
    const json = parseJson(body);
    const unknown = unknownType(json);
    if (unknown !== undefined) return { kind: 'ignored', type: unknown };
    const { data: message } = paymentMessage.safeParse(json);
    if (!message) return { kind: 'malformed', why: 'The body is no message of a payment provider' };
    if (message.id !== id) return { kind: 'malformed', why: 'webhook-id is not the id of the message' };
    return { kind: 'result', result: message };
  };

const parseJson = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined;
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

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
