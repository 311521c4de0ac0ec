import { connect } from '@quadrille/db/connect';
import type { ServiceDeps } from '@quadrille/participant/service';
import { SettingsError } from '@quadrille/process/settings/error';
import type { PaymentProvider } from '@quadrille/providers/provider';
import type { paySettings } from './service.ts';

type Deps = Pick<ServiceDeps<typeof paySettings>, 'settings' | 'log' | 'onStop'>;

/** A checkout of Stripe stays open for 24 hours at most, and half an hour longer than the payment. */
const longestWithStripe = 23 * 3_600_000;

/**
 * The provider that the settings choose.
 * @throws SettingsError when it lacks one of its own settings
 */
export const startProvider = async (deps: Deps): Promise<PaymentProvider> => {
  const provider = await start(deps);
  deps.onStop('payment provider', provider.stop);
  return provider;
};

const start = async ({ settings, log, onStop }: Deps): Promise<PaymentProvider> => {
  const { webhookSecrets } = settings;
  switch (settings.provider) {
    case 'test': {
      const pool = connect(needed('test', 'TEST_PROVIDER_DATABASE_URL', settings.testProviderDatabaseUrl), 4);
      onStop("the payment provider's database", () => pool.end());
      const { startTestProvider } = await import('@quadrille/providers/test-provider/provider');
      return startTestProvider({ pool, secrets: webhookSecrets, url: settings.webhookUrl, log });
    }
    case 'stripe': {
      const key = needed('stripe', 'STRIPE_KEY', settings.stripeKey);
      const publicUrl = needed('stripe', 'PUBLIC_URL', settings.publicUrl).replace(/\/+$/, '');
      if (settings.paymentExpiry > longestWithStripe)
        throw new SettingsError(
          'PAYMENT_EXPIRY: at most 23h with PAYMENT_PROVIDER=stripe, whose checkouts stay open for a day',
        );
      const { createStripeProvider } = await import('@quadrille/providers/stripe/provider');
      return createStripeProvider({ key, publicUrl, webhookSecrets, currency: settings.currency, log });
    }
  }
};

const needed = <Value>(provider: string, env: string, value: Value | undefined): Value => {
  if (value === undefined)
    throw new SettingsError(`${env}: PAYMENT_PROVIDER=${provider} needs it; set it, or ${env}_FILE`);
  return value;
};
