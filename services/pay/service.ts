import { defineService } from '@quadrille/participant/definition';
import { duration } from '@quadrille/process/settings';
import { ownChecks, perOrder } from './per-order.ts';
import { payWith } from './store.ts';

/** Settings that its rules depend on. */
export const ruleSettings = { PAYMENT_EXPIRY: duration.default(30 * 60_000) };

export const payService = defineService({
  name: 'pay',
  api: 'gateway',
  settings: ruleSettings,
  participant: ({ PAYMENT_EXPIRY }) => payWith(PAYMENT_EXPIRY),
  perOrder,
  ownChecks,
  sideDatabase: {
    name: 'test_provider',
    setting: 'TEST_PROVIDER_DATABASE_URL',
    folder: 'providers/test-provider',
    formerTables: { test_provider_charges: 'charges' },
    open: 'SELECT 1 FROM charges WHERE due_at IS NOT NULL',
  },
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
