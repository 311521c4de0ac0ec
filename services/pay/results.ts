import type { Pool } from '@quadrille/db/connect';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { Command } from '@quadrille/participant/runtime';
import type { Log } from '@quadrille/process/log';
import type { ChargeResult } from '@quadrille/providers/provider';
import { decline, type PayState, refunded, succeed } from './rules.ts';
import type { Payment } from './schema.ts';
import { findPayment } from './store.ts';

export type ResultParts = {
  readonly pool: Pool;
  readonly service: Pick<RunningParticipant<PayState>, 'execute'>;
  readonly log: Log;
};

/**
 * Applies what the provider says of a charge, by webhook or in its answer to a refund. There is no list of results that were applied: the charge's row,
 * by the provider's id, and the payment's status make a repeat find nothing left to do, however late it comes.
 * @returns false: there is no such payment
 */
export const applyResult = async (result: ChargeResult, { pool, service, log }: ResultParts): Promise<boolean> => {
  const found = await findPayment(pool, result.paymentId);
  if (!found) {
    log.error({ paymentId: result.paymentId }, `${result.type} for a payment that there is not`);
    return false;
  }
  report(log, result, await service.execute(commandOf(result, found.payment)));
  return true;
};

const commandOf = (result: ChargeResult, { orderId, traceparent }: Payment): Command<PayState> => {
  const command = { name: result.type, correlationId: orderId, traceparent: traceparent ?? undefined };
  switch (result.type) {
    case 'charge-succeeded':
      return { ...command, keys: { charge: result.chargeId }, decide: succeed(result) };
    case 'charge-refunded':
      return { ...command, keys: { charge: result.chargeId }, decide: refunded(result) };
    case 'charge-declined':
      return { ...command, decide: decline('provider') };
  }
};

/** What no rule can put right: the provider's books differ from ours. */
const report = (log: Log, result: ChargeResult, { payment, charge }: PayState): void => {
  const { type, paymentId } = result;
  const fields = { orderId: payment?.orderId, paymentId, chargeId: charge?.chargeId };
  if (type === 'charge-succeeded' && charge?.amount !== payment?.amount)
    log.error({ ...fields, charged: result.amount }, 'the provider charged another amount than it was asked for');
  if (type === 'charge-succeeded' && charge?.chargeId !== payment?.chargeId)
    log.error(fields, 'the provider charged a payment twice; the second charge goes back');
  if (type === 'charge-refunded' && charge?.status !== 'refunded')
    log.error(
      { ...fields, refunded: result.amount },
      'the provider gave back what is not to go back, or not all of it',
    );
  else if (type === 'charge-refunded' && charge?.asked === 0)
    log.error(
      { ...fields, refunded: result.amount },
      'the provider gave back a charge that it was not asked for; if the order is paid, its goods are gone without money',
    );
};
