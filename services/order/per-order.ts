import type { PerOrder } from '@quadrille/participant/per-order';
import { awaitedStepsOf, isFinal, pendingCompensations } from './rules.ts';
import type { Order } from './schema.ts';
import { orderRows } from './store.ts';

/** The order itself, with which the others have to agree. */
export const perOrder: PerOrder<Order> = {
  rows: orderRows,
  keeps: ({ status }) => status,
  facts: () => [],
  leftOver: () => null,
  waitsFor: (order) => {
    const { status, deadline, updatedAt } = order;
    const [first] = pendingCompensations(order);
    if (first) {
      const who = pendingCompensations(order).join(' and ');
      return { for: first, what: `${who} to undo its part, of which nothing is under way`, since: updatedAt };
    }
    if (status === 'paid' && !isFinal(order))
      return {
        for: 'final',
        what: `${awaitedStepsOf(order).join(' and ')}, of which nothing is under way`,
        since: updatedAt,
      };
    if (status !== 'submitted' && status !== 'stock-reserved' && status !== 'coupon-applied') return null;
    const until = deadline ? `: its deadline at ${deadline.toISOString()}` : '';
    return { for: 'deadline', what: `nothing that is under way${until}`, since: updatedAt };
  },
};
