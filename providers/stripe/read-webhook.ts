import { money, uuid } from '@quadrille/contracts/values';
import type Stripe from 'stripe';
import { z } from 'zod';
import type { PaymentProvider, Webhook } from '../provider.ts';

/** The parts of Stripe's events that are read. They have many more fields, which change with its API. */
const about = <Fields extends z.ZodRawShape>(fields: Fields) =>
  z.object({ data: z.object({ object: z.object(fields) }) });
const metadata = z.object({ paymentId: uuid });

const session = about({
  payment_status: z.string(),
  payment_intent: z.string().nullable(),
  amount_total: money.nullable(),
  metadata,
});
const charge = about({ payment_intent: z.string(), amount_refunded: money, metadata });

/**
 * Reads Stripe's events, which carry a signature of their own scheme (https://docs.stripe.com/webhooks#verify-manually). An account may have
 * other uses beside this shop: what names no payment of ours is ignored.
 */
export const readWebhookWith =
  (stripe: Stripe, secrets: readonly string[]): PaymentProvider['readWebhook'] =>
  ({ headers, body }, now) => {
    const event = genuine(stripe, secrets, { body, signature: headers.get('stripe-signature') ?? '' }, now);
    return event
      ? resultOf(event)
      : { kind: 'forged', why: 'stripe-signature does not fit the body, or is older than 5 minutes' };
  };

/** In seconds (S10). */
const tolerance = 300;

const genuine = (
  stripe: Stripe,
  secrets: readonly string[],
  { body, signature }: { body: Uint8Array; signature: string },
  now: number,
): Stripe.Event | undefined => {
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(Buffer.from(body), signature, secret, tolerance, undefined, now);
    } catch {
      // It may fit the next one: two are in use while they are changed.
    }
  }
  return undefined;
};

const resultOf = (event: Stripe.Event): Webhook => {
  const ignored = { kind: 'ignored', type: event.type } as const;
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded': {
      const { data } = session.safeParse(event);
      if (!data) return ignored;
      const { payment_status: status, payment_intent: chargeId, amount_total: amount, metadata } = data.data.object;
      // Some ways to pay take days: the session is completed then, and its payment succeeds later.
      if (status !== 'paid' || chargeId === null || amount === null) return ignored;
      return { kind: 'result', result: { type: 'charge-succeeded', paymentId: metadata.paymentId, chargeId, amount } };
    }
    case 'checkout.session.async_payment_failed': {
      const { data } = session.safeParse(event);
      if (!data) return ignored;
      return { kind: 'result', result: { type: 'charge-declined', paymentId: data.data.object.metadata.paymentId } };
    }
    case 'charge.refunded': {
      const { data } = charge.safeParse(event);
      if (!data) return ignored;
      const { payment_intent: chargeId, amount_refunded: amount, metadata } = data.data.object;
      return { kind: 'result', result: { type: 'charge-refunded', paymentId: metadata.paymentId, chargeId, amount } };
    }
    default:
      return ignored;
  }
};
