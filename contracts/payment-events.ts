import { z } from 'zod';
import { couponApplied } from './coupon-events.ts';
import { type EventOf, publisherOf } from './event.ts';
import { money, reason, time, undone, uuid } from './values.ts';

const pay = publisherOf('pay', 'payment-events');

/** A payment waits for the customer until `expiresAt`. `amount` 0: nothing is left to pay and payment-succeeded follows at once. */
export const paymentCreated = pay(
  'payment-created',
  1,
  { kind: 'forward', after: couponApplied },
  z.object({ paymentId: uuid, amount: money, discount: money, expiresAt: time }),
);
export type PaymentCreated = EventOf<typeof paymentCreated>;

/** The money has moved. */
export const paymentSucceeded = pay(
  'payment-succeeded',
  1,
  { kind: 'forward', after: paymentCreated, by: 'customer' },
  z.object({ paymentId: uuid, amount: money }),
);
export type PaymentSucceeded = EventOf<typeof paymentSucceeded>;

/** The customer or the provider declined. */
export const paymentFailed = pay(
  'payment-failed',
  1,
  { kind: 'rejection', insteadOf: paymentSucceeded },
  z.object({ paymentId: uuid, reason }),
);
export type PaymentFailed = EventOf<typeof paymentFailed>;

/** Nobody paid in time. */
export const paymentExpired = pay(
  'payment-expired',
  1,
  { kind: 'rejection', insteadOf: paymentSucceeded },
  z.object({ paymentId: uuid, reason }),
);
export type PaymentExpired = EventOf<typeof paymentExpired>;

/** The answer to a cancellation when no money had moved; also when there was no payment at all. */
export const paymentVoided = pay(
  'payment-voided',
  1,
  { kind: 'compensation', undoes: paymentCreated },
  z.object({ outcome: undone }),
);
export type PaymentVoided = EventOf<typeof paymentVoided>;

/** The answer to a cancellation when the money had moved: it goes back. */
export const paymentRefunded = pay(
  'payment-refunded',
  1,
  { kind: 'compensation', undoes: paymentSucceeded },
  z.object({ paymentId: uuid, amount: money }),
);
export type PaymentRefunded = EventOf<typeof paymentRefunded>;
