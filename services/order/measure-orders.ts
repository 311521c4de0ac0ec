import { traceId } from '@quadrille/contracts/trace';
import type { Pool } from '@quadrille/db/connect';
import type { Change } from '@quadrille/participant/runtime';
import { Counter, histogram, measure } from '@quadrille/process/metrics';
import { isFinal } from './rules.ts';
import type { Order } from './schema.ts';
import { readUnplaced } from './store.ts';

/** Orders that came, were placed, or ended, and how long they took until they were placed. */
export const measureOrders = (pool: Pool): ((changes: readonly Change<{ order: Order | undefined }>[]) => void) => {
  const placedSeconds = histogram({
    name: 'quadrille_order_placed_seconds',
    help: 'From the submission of an order to when it awaits its payment',
  })({});
  const counter = new Counter({
    name: 'quadrille_order_changes_total',
    help: 'Orders that were submitted, were placed, or ended as paid or cancelled; those by reason',
    labelNames: ['to', 'reason'],
  });
  for (const to of ['submitted', 'placed', 'paid']) counter.inc({ to, reason: '' }, 0);
  counter.inc({ to: 'cancelled', reason: 'deadline-passed' }, 0);
  measure(
    { name: 'quadrille_order_unplaced', help: 'Orders that were submitted and are neither placed nor cancelled' },
    async () => [[{}, (await readUnplaced(pool)).orders]],
  );
  measure(
    { name: 'quadrille_order_unplaced_oldest_seconds', help: 'Since when the oldest of these was submitted' },
    async () => [[{}, (await readUnplaced(pool)).oldestSeconds]],
  );
  return (changes) => {
    for (const { state, traceparent } of changes) {
      const { order } = state;
      if (!order) continue;
      const { version, status, submittedAt, placedAt, updatedAt, reasonCode } = order;
      const isNow = (at: Date | null) => at?.getTime() === updatedAt.getTime();
      if (version === 1) counter.inc({ to: 'submitted', reason: '' });
      else if (status === 'awaiting-payment' && placedAt && isNow(placedAt)) {
        counter.inc({ to: 'placed', reason: '' });
        const seconds = (placedAt.getTime() - submittedAt.getTime()) / 1_000;
        placedSeconds(seconds, traceparent && traceId(traceparent));
      } else if (isFinal(order) && isNow(order.finishedAt)) counter.inc({ to: status, reason: reasonCode ?? '' });
    }
  };
};
