import type { Pool } from '@quadrille/db/connect';
import type { RunningParticipant } from '@quadrille/participant/participant';
import type { Log } from '@quadrille/process/log';
import { expire, type OrderState } from './rules.ts';
import { overdueOrders } from './store.ts';

const sweepEvery = 1_000;
const atOnce = 500;

/** Calls off orders that were not placed in time. Deadlines are rows: a restart forgets none, and a second sweeper does no harm. */
export const sweepDeadlines = (
  pool: Pool,
  service: Pick<RunningParticipant<OrderState>, 'execute'>,
  log: Log,
): { stop: () => Promise<void> } => {
  const sweep = async () => {
    const overdue = await overdueOrders(pool, atOnce);
    // The rule looks again under the lock: an order may have been placed since.
    await Promise.all(
      overdue.map((orderId) => service.execute({ name: 'expire', correlationId: orderId, decide: expire })),
    );
    if (overdue.length > 0) log.info({ orders: overdue.length }, 'deadline passed');
  };
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= sweep()
      .catch((error: unknown) => log.warn({ err: error }, 'the sweep for deadlines failed; the next one makes it good'))
      .finally(() => {
        running = null;
      });
  }, sweepEvery);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
};
