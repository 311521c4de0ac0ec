import type { Pool } from '@quadrille/db/connect';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { SubmitState } from './idempotency.ts';
import { expire } from './rules.ts';
import { overdueOrders } from './store.ts';

const atOnce = 500;

/** Calls off orders that were not placed in time; answers how many it found. */
export const cancelOverdue = async (
  pool: Pool,
  service: Pick<RunningParticipant<SubmitState>, 'execute'>,
): Promise<number> => {
  const overdue = await overdueOrders(pool, atOnce);
  // The rule looks again under the lock: an order may have been placed since.
  await Promise.all(
    overdue.map((orderId) => service.execute({ name: 'expire', correlationId: orderId, decide: expire })),
  );
  return overdue.length;
};
