import type { PaymentProvider } from '@quadrille/providers/provider';
import type { FoundPayment } from './store.ts';

/**
 * Where a payment stands, as its customer sees it. `asked`: the provider has been asked and has not answered. `late`: the time is up, and
 * the sweep will say so in a moment. `free`: a coupon paid it all.
 */
export type Stage =
  | 'open'
  | 'asked'
  | 'late'
  | 'paid'
  | 'free'
  | 'declined'
  | 'expired'
  | 'cancelled'
  | 'refunding'
  | 'refunded';

/** These pass by themselves. */
export const isMoving = (stage: Stage): boolean => ['open', 'asked', 'late', 'refunding'].includes(stage);

export const stageOf = ({ payment, remaining }: FoundPayment): Stage => {
  switch (payment.status) {
    case 'pending':
      if (remaining <= 0) return 'late';
      return payment.startedAt ? 'asked' : 'open';
    case 'succeeded':
      return payment.chargeId ? 'paid' : 'free';
    case 'failed':
      return 'declined';
    case 'voided':
    case 'tombstone':
      return 'cancelled';
    case 'expired':
    case 'refunding':
    case 'refunded':
      return payment.status;
  }
};

/** Whether the customer may ask for the charge: once, or as often as the checkout of the provider was left without paying. */
export const mayBePaid = (found: FoundPayment, { checkout }: Pick<PaymentProvider, 'checkout'>): boolean => {
  const stage = stageOf(found);
  return stage === 'open' || (stage === 'asked' && checkout !== null);
};
