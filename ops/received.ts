import { findTaken } from '@quadrille/db/outbox-history';
import { readParkedDeliveries } from './parked-delivery.ts';
import type { Queryable } from './select.ts';

type Sent = { readonly id: string; readonly correlationId: string };

/**
 * Which events have reached a service, by id: processed, parked, or given up by an operator. What could not be read is parked under an id of its
 * own; it is known by the one it claims.
 */
export const findReceived = async (
  pool: Parameters<typeof findTaken>[0] & Queryable,
  events: readonly Sent[],
): Promise<Set<string>> => {
  const taken = await findTaken(
    pool,
    events.map(({ id }) => id),
  );
  const open = events.filter(({ id }) => !taken.has(id));
  if (open.length === 0) return taken;
  const parked = await readParkedDeliveries(pool, [...new Set(open.map(({ correlationId }) => correlationId))]);
  for (const { id } of open) if (parked.has(id)) taken.add(id);
  return taken;
};
