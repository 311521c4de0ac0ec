import { defineService } from '@quadrille/participant/definition';
import { duration } from '@quadrille/process/settings';
import { payWith } from './store.ts';

/** Settings that its rules depend on. */
export const ruleSettings = { PAYMENT_EXPIRY: duration.default(30 * 60_000) };

export const payService = defineService({
  name: 'pay',
  settings: ruleSettings,
  participant: ({ PAYMENT_EXPIRY }) => payWith(PAYMENT_EXPIRY),
  container: {
    passedOn: Object.keys(ruleSettings),
    environment: {
      // It moves no real money; there is no other yet.
      PAYMENT_PROVIDER: 'test',
      WEBHOOK_URL: 'http://gateway:8080/api/v1/payments/webhook',
    },
    secrets: ['payment_webhook_secrets'],
  },
  development: ({ gatewayUrl, secret }) => ({
    PAYMENT_PROVIDER: 'test',
    PAYMENT_WEBHOOK_SECRETS: secret('payment webhook'),
    WEBHOOK_URL: `${gatewayUrl}/api/v1/payments/webhook`,
  }),
});
