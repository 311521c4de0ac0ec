import { defineService } from '@quadrille/participant/definition';
import { group, optional, setting } from '@quadrille/process/settings/setting';
import { duration, httpUrl, mysqlUrl } from '@quadrille/process/settings/types';
import { webhookSecrets } from '@quadrille/providers/webhook';
import { z } from 'zod';
import { ownChecks, perOrder } from './per-order.ts';
import { payWith } from './store.ts';

/** Settings that its rules depend on. */
export const ruleSettings = group('services.pay', {
  paymentExpiry: setting({
    env: 'PAYMENT_EXPIRY',
    type: duration,
    standard: '30m',
    says: 'A payment that has not been made after so long expires.',
  }),
});

const { testProviderDatabaseUrl } = group('services.pay', {
  testProviderDatabaseUrl: setting({
    env: 'TEST_PROVIDER_DATABASE_URL',
    type: mysqlUrl,
    secret: true,
    says: 'The database of the test provider, with a user of its own.',
  }),
});

const providerSettings = {
  ...group('services.pay', {
    provider: setting({
      env: 'PAYMENT_PROVIDER',
      type: z.enum(
        ['test', 'stripe'],
        'set it to "stripe", or to "test", the built-in provider, which moves no real money',
      ),
      says: '`stripe`, or `test`: the built-in provider, which moves no real money.',
    }),
    webhookSecrets: setting({
      env: 'PAYMENT_WEBHOOK_SECRETS',
      type: webhookSecrets,
      secret: true,
      says: 'What the provider signs with: `whsec_` and base64, or 32 characters or more; several with commas, the first signs.',
    }),
    webhookUrl: setting({
      env: 'WEBHOOK_URL',
      type: httpUrl,
      standard: 'http://127.0.0.1:8080/api/v1/payments/webhook',
      says: 'Where the test provider reaches the gateway.',
    }),
    stripeKey: optional(
      setting({
        env: 'STRIPE_KEY',
        type: z.string().regex(/^[sr]k_\w+$/, 'a secret or restricted key of Stripe: `sk_...` or `rk_...`'),
        secret: true,
        says: 'The key of the Stripe account; a restricted one needs to write checkout sessions and refunds, and to read payment intents.',
      }),
    ),
    publicUrl: optional(
      setting({
        env: 'PUBLIC_URL',
        type: httpUrl,
        says: 'How the world reaches the gateway: Stripe sends customers back there.',
      }),
    ),
    currency: setting({
      env: 'PAYMENT_CURRENCY',
      type: z.string().regex(/^[a-z]{3}$/, 'three lower-case letters of ISO 4217, such as eur'),
      standard: 'eur',
      says: 'The currency of all prices, where the provider is `stripe`.',
    }),
  }),
  testProviderDatabaseUrl: optional(testProviderDatabaseUrl, 'needed by the test provider only'),
};

/** What its process reads. */
export const paySettings = { ...ruleSettings, ...providerSettings };

export const payService = defineService({
  name: 'pay',
  api: 'gateway',
  settings: ruleSettings,
  processSettings: providerSettings,
  participant: ({ paymentExpiry }) => payWith(paymentExpiry),
  perOrder,
  ownChecks,
  sideDatabase: {
    name: 'test_provider',
    setting: testProviderDatabaseUrl,
    folder: 'providers/test-provider',
    formerTables: { test_provider_charges: 'charges' },
    open: 'SELECT 1 FROM charges WHERE due_at IS NOT NULL',
  },
  container: {
    passedOn: ['PAYMENT_EXPIRY'],
    environment: {
      // It moves no real money. For stripe: docs/deployment.md.
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
