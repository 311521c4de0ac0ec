import type { GuardedCalls } from '@quadrille/process/guarded-calls';
import { NoAnswer, within } from '@quadrille/process/within';
import type { PaymentProvider } from './provider.ts';

/** How the calls of a provider are guarded: what `guard` of a service takes. */
export const providerGuard = {
  to: 'payment provider',
  atOnce: 1_000,
  isSilence: (error: unknown) => error instanceof NoAnswer,
} as const;

/**
 * A provider whose silence costs pay little. A call that is not answered in time fails; whether it did something is not known then, and
 * asking again is safe.
 * @param patience ms that a call waits for the answer
 */
export const guardedProvider = (
  provider: PaymentProvider,
  guard: GuardedCalls,
  patience = 10_000,
): PaymentProvider => ({
  ...provider,
  charge: (request) => guard(() => within(patience, provider.charge(request), 'the payment provider')),
  refund: (charge) => guard(() => within(patience, provider.refund(charge), 'the payment provider')),
});
