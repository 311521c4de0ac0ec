import { runService } from '@quadrille/participant/service';
import { startSweeper } from '@quadrille/participant/sweeper';
import { createApi } from './api.ts';
import { startProvider } from './provider.ts';
import type { PayState, Received } from './rules.ts';
import { paySettings } from './service.ts';
import { payWith } from './store.ts';
import { askForRefunds, expireOverdue } from './sweeps.ts';

runService<PayState, Received, typeof paySettings>('pay', paySettings, ({ pool, settings, log, onStop }) => ({
  participant: payWith(settings.paymentExpiry),
  start: async (service) => {
    const provider = await startProvider({ settings, log, onStop });
    const parts = { pool, service, provider, log };
    const sweepers = [
      startSweeper({ what: 'payments expired', every: 1_000, work: () => expireOverdue(pool, service), log }),
      startSweeper({ what: 'refunds asked for', every: 1_000, work: () => askForRefunds(parts), log }),
    ];
    onStop('sweepers', async () => {
      await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
    });
    return createApi(parts);
  },
}));
