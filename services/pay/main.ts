import { connect } from '@quadrille/db/connect';
import { runService } from '@quadrille/participant/service';
import { startSweeper } from '@quadrille/participant/sweeper';
import { mysqlUrl, readSettings } from '@quadrille/process/settings';
import { startTestProvider } from '@quadrille/providers/test-provider/provider';
import { webhookSecrets } from '@quadrille/providers/webhook';
import { z } from 'zod';
import { createApi } from './api.ts';
import type { PayState, Received } from './rules.ts';
import { ruleSettings } from './service.ts';
import { payWith } from './store.ts';
import { askForRefunds, expireOverdue } from './sweeps.ts';

runService<PayState, Received>('pay', ({ pool, log, onStop }) => {
  const settings = readSettings({
    ...ruleSettings,
    PAYMENT_PROVIDER: z.literal('test', 'set it to "test", the built-in provider, which moves no real money'),
    TEST_PROVIDER_DATABASE_URL: mysqlUrl,
    PAYMENT_WEBHOOK_SECRETS: webhookSecrets,
    WEBHOOK_URL: z
      .url({ protocol: /^https?$/, error: 'a URL such as http://127.0.0.1:8080/api/v1/payments/webhook' })
      .default('http://127.0.0.1:8080/api/v1/payments/webhook'),
  });
  const { PAYMENT_EXPIRY: expiry, PAYMENT_WEBHOOK_SECRETS: secrets, WEBHOOK_URL: url } = settings;

  return {
    participant: payWith(expiry),
    start: (service) => {
      const ofProvider = connect(settings.TEST_PROVIDER_DATABASE_URL, 4);
      onStop("the payment provider's database", () => ofProvider.end());
      const provider = startTestProvider({ pool: ofProvider, secret: secrets[0], url, log });
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
