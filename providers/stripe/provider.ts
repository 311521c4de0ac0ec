import type { Log } from '@quadrille/process/log';
import Stripe from 'stripe';
import type { ChargeOf, ChargeRequest, ChargeResult, Next, PaymentProvider } from '../provider.ts';
import { readWebhookWith } from './read-webhook.ts';

const checkoutOrigin = 'https://checkout.stripe.com';

/** Stripe wants a session to stay open for 30 minutes at least; a minute more is for clocks that differ. In seconds. */
const longestAfterExpiry = 31 * 60;

/** What the provider needs beside its account. */
export type StripeOptions = {
  /** `sk_...`, or a restricted key that may write checkout sessions and refunds, and read payment intents. */
  readonly key: string;
  readonly webhookSecrets: readonly string[];
  readonly currency: string;
  /** The gateway, as customers reach it: Stripe sends them back to its payment page. */
  readonly publicUrl: string;
  readonly log: Log;
  /** Where Stripe's API is; absent: at Stripe. */
  readonly api?: URL;
};

/**
 * Stripe, by a hosted checkout: card numbers never reach us. A payment is a checkout session, its charge is the session's payment intent, and
 * the payment's id in their metadata joins the two. Each call carries an idempotency key, so that asking again finds the same session or refund.
 * https://docs.stripe.com/api/checkout/sessions
 */
export const createStripeProvider = (options: StripeOptions): PaymentProvider => {
  const { key, webhookSecrets, currency, publicUrl, log, api } = options;
  const stripe = new Stripe(key, {
    timeout: 10_000,
    maxNetworkRetries: 2,
    telemetry: false,
    ...(api && { protocol: 'http', host: api.hostname, port: api.port }),
  });

  const charge = async (request: ChargeRequest): Promise<Next> => {
    const { paymentId, orderId, amount, expiresAt } = request;
    const page = `${publicUrl}/pay/${paymentId}`;
    const metadata = { paymentId, orderId };
    try {
      // All of it follows from the payment: with the same key, Stripe refuses other parameters.
      const session = await stripe.checkout.sessions.create(
        {
          mode: 'payment',
          client_reference_id: paymentId,
          line_items: [
            {
              quantity: 1,
              price_data: { currency, unit_amount: amount, product_data: { name: `Order ${orderId}` } },
            },
          ],
          success_url: page,
          cancel_url: page,
          expires_at: Math.floor(expiresAt.getTime() / 1_000) + longestAfterExpiry,
          metadata,
          payment_intent_data: { metadata },
        },
        { idempotencyKey: `session-${paymentId}` },
      );
      if (!session.url?.startsWith(`${checkoutOrigin}/`))
        throw new Error('Stripe named no page for its checkout session');
      return { kind: 'checkout', url: session.url };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      log.error({ orderId, paymentId, code: error.code }, `Stripe refuses to charge: ${error.message}`);
      return { kind: 'declined', why: error.message };
    }
  };

  const refund = async ({ paymentId, chargeId }: ChargeOf): Promise<ChargeResult | null> => {
    const about = { type: 'charge-refunded', paymentId, chargeId } as const;
    try {
      const { status, amount } = await stripe.refunds.create(
        { payment_intent: chargeId, metadata: { paymentId } },
        { idempotencyKey: `refund-${chargeId}` },
      );
      if (status === 'failed' || status === 'canceled') throw new Error(`Stripe says that the refund is ${status}`);
      return status === 'succeeded' ? { ...about, amount } : null;
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError) || error.code !== 'charge_already_refunded') throw error;
      const intent = await stripe.paymentIntents.retrieve(chargeId, { expand: ['latest_charge'] });
      if (!intent.latest_charge || typeof intent.latest_charge === 'string') throw error;
      return { ...about, amount: intent.latest_charge.amount_refunded };
    }
  };

  return {
    question: null,
    checkout: { origin: checkoutOrigin, currency },
    charge,
    refund,
    readWebhook: readWebhookWith(stripe, webhookSecrets),
    stop: async () => {},
  };
};

/** Stripe will say the same of this charge whenever it is asked: an amount below its minimum, for example. */
const isRefusal = (error: unknown): error is Stripe.errors.StripeInvalidRequestError =>
  error instanceof Stripe.errors.StripeInvalidRequestError && refusals.has(error.code ?? '');

const refusals = new Set(['amount_too_small', 'amount_too_large']);
