import { runService } from '@quadrille/participant/service';
import { duration, readSettings } from '@quadrille/process/settings';
import { payWith } from './store.ts';

runService('pay', () => {
  const { PAYMENT_EXPIRY } = readSettings({ PAYMENT_EXPIRY: duration.default(30 * 60_000) });
  return { participant: payWith(PAYMENT_EXPIRY) };
});
