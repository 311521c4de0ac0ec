import { connect } from '@quadrille/db/connect';
import { runService } from '@quadrille/participant/service';
import { startSweeper } from '@quadrille/participant/sweeper';
import { guardedProvider, providerGuard } from '@quadrille/providers/guarded';
import { startTestProvider } from '@quadrille/providers/test-provider/provider';
import { createApi } from './api.ts';
import type { PayState, Received } from './rules.ts';
import { providerSettings, ruleSettings } from './service.ts';
import { payWith } from './store.ts';
import { askForRefunds, expireOverdue } from './sweeps.ts';

const paySettings = { ...ruleSettings, ...providerSettings };

runService<PayState, Received, typeof paySettings>('pay', paySettings, ({ pool, settings, log, onStop, guard }) => {
  const { paymentExpiry: expiry, webhookSecrets: secrets, webhookUrl: url } = settings;

  return {
    participant: payWith(expiry),
    start: (service) => {
      const ofProvider = connect(settings.testProviderDatabaseUrl, 4);
      onStop("the payment provider's database", () => ofProvider.end());
      const started = startTestProvider({ pool: ofProvider, secret: secrets[0], url, log });
      const provider = guardedProvider(started, guard(providerGuard));
      onStop('payment provider', provider.stop);

      const sweepers = [
        startSweeper({ what: 'payments expired', every: 1_000, work: () => expireOverdue(pool, service), log }),
        startSweeper({ what: 'refunds asked for', every: 1_000, work: () => askForRefunds(pool, provider, log), log }),
      ];
      onStop('sweepers', async () => {
        await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
      });

      return createApi({ pool, service, provider, secrets, log });
    },
  };
});
