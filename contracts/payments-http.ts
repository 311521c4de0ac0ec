import { z } from 'zod';
import { givenUuid, price, uuid } from './values.ts';

const chargeId = z
  .string()
  .regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 letters, digits, or -_.:')
  .meta({ description: "The provider's id of the charge" });
const about = { id: uuid.meta({ description: 'Of the message; the header webhook-id' }), paymentId: givenUuid };

/** What the payment provider tells us by `POST /api/v1/payments/webhook`. It repeats a message until it is answered with 2xx. */
export const paymentMessage = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('charge-succeeded'), ...about, chargeId, amount: price }),
    z.object({ type: z.literal('charge-declined'), ...about }),
    z.object({ type: z.literal('charge-refunded'), ...about, chargeId, amount: price }),
  ])
  .meta({ description: 'News of a charge: the money has moved, will not move, or is back' });
export type PaymentMessage = z.infer<typeof paymentMessage>;

/** Providers tell of more than we asked for, and of new things: what a message is about, if not of these. */
export const paymentMessageTypes: readonly string[] = [
  'charge-succeeded',
  'charge-declined',
  'charge-refunded',
] satisfies PaymentMessage['type'][];

/** The headers of a message, and what its answer is looked up by. The signature is over `id.timestamp.rawBody`. */
export const webhookHeaders = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;
