import { definitionOf, type Service } from '@quadrille/services';
import { duration } from '../moment.ts';
import { select } from '../select.ts';
import type { Findings } from './findings.ts';
import type { Snapshot } from './snapshot.ts';

type Found = { readonly what: string; readonly orderId?: string | null; readonly since?: Date };

/** A database that is broken in more places than this is not searched to its end. */
const most = 100_000;

/**
 * What a service checks in its database alone.
 * @returns how much is still to be done by another party, and not overdue
 */
export const checkOwn = async (
  service: Service,
  snapshot: Snapshot,
  { now, patience, findings }: { readonly now: Date; readonly patience: number; readonly findings: Findings },
): Promise<number> => {
  const { ownChecks } = definitionOf(service);
  if (!ownChecks) return 0;
  const run = (sql: string) => select<Found>(snapshot, `SELECT * FROM (${sql}) found LIMIT ${most}`);
  for (const sql of ownChecks.contradictions)
    for (const { what, orderId } of await run(sql)) findings.add({ kind: service, what, ...(orderId && { orderId }) });
  let open = 0;
  for (const { what, orderId, since = now } of ownChecks.open ? await run(ownChecks.open) : []) {
    const age = now.getTime() - since.getTime();
    if (age <= patience) open++;
    else
      findings.add({
        kind: 'stuck',
        what: `${service} waits for ${what}, since ${duration(age)}`,
        lasting: what,
        since: since.toISOString(),
        ...(orderId && { orderId }),
      });
  }
  return open;
};
