import { runService } from '@quadrille/participant/service';
import { startSweeper } from '@quadrille/participant/sweeper';
import { measure } from '@quadrille/process/metrics';
import { guardedProvider, providerGuard } from '@quadrille/providers/guarded';
import { createApi } from './api.ts';
import { startProvider } from './provider.ts';
import type { PayState, Received } from './rules.ts';
import { paySettings } from './service.ts';
import { payWith, readRefunds } from './store.ts';
import { askForRefunds, expireOverdue } from './sweeps.ts';

runService<PayState, Received, typeof paySettings>('pay', paySettings, ({ pool, settings, log, onStop, guard }) => ({
  participant: payWith(settings.paymentExpiry),
  start: async (service) => {
    const provider = guardedProvider(await startProvider({ settings, log, onStop }), guard(providerGuard));
    const parts = { pool, service, provider, log };

    measure(
      { name: 'quadrille_pay_refunds_waiting', help: 'Charges that go back, until the provider says that they have' },
      async () => [[{}, (await readRefunds(pool)).charges]],
    );
    measure(
      { name: 'quadrille_pay_refunds_oldest_seconds', help: 'Since when the oldest of these was charged' },
      async () => [[{}, (await readRefunds(pool)).oldestSeconds]],
    );

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
