import type { Pool } from '@quadrille/db/connect';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { PaymentProvider } from '@quadrille/providers/provider';
import { applyResult, type ResultParts } from './results.ts';
import { expire, type PayState } from './rules.ts';
import { overduePayments, takeRefunds } from './store.ts';

const atOnce = 500;

/** Expires payments that were not made in time; returns how many it found. */
export const expireOverdue = async (
  pool: Pool,
  service: Pick<RunningParticipant<PayState>, 'execute'>,
): Promise<number> => {
  const overdue = await overduePayments(pool, atOnce);
  // The rule looks again under the lock: the money may have come since.
  await Promise.all(
    overdue.map(({ orderId, traceparent }) =>
      service.execute({
        name: 'expire',
        correlationId: orderId,
        traceparent: traceparent ?? undefined,
        decide: expire,
      }),
    ),
  );
  return overdue.length;
};

/**
 * Asks the provider for the refunds that are due, and again and again until it has said that the money is back; answers how many it
 * asked for. Asking twice is safe: the provider gives a charge back once.
 */
export const askForRefunds = async (
  parts: ResultParts & { readonly provider: Pick<PaymentProvider, 'refund'> },
): Promise<number> => {
  const { pool, provider, log } = parts;
  const due = await takeRefunds(pool, atOnce);
  await Promise.all(
    due.map(async ({ paymentId, chargeId, orderId, asked }) => {
      try {
        const result = await provider.refund({ paymentId, chargeId });
        if (result) await applyResult(result, parts);
      } catch (error) {
        log.warn({ err: error, orderId, attempt: asked + 1 }, 'a refund could not be asked for; trying again later');
      }
    }),
  );
  return due.length;
};
