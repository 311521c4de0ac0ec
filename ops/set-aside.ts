import type { ParkedEvent } from '@quadrille/db/parked';
import { decodeHeaders } from '@quadrille/participant/parked-event';
import { type Queryable, select } from './select.ts';

/** An event that a service has not applied: it is parked, or was given up by a person. */
export type SetAside = Pick<ParkedEvent, 'seq' | 'cause' | 'attempts' | 'parkedAt'> & {
  readonly discardedAt: Date | null;
};

/**
 * What a service has set aside of some orders, by event id. Bytes that could not be read have an id of their own: they are found by the
 * one they claim, too.
 */
export const readSetAside = async (pool: Queryable, orderIds: readonly string[]): Promise<Map<string, SetAside>> => {
  const columns = 'event_id AS eventId, headers, cause, attempts, parked_at AS parkedAt';
  const found = await select<SetAside & Pick<ParkedEvent, 'eventId' | 'headers'>>(
    pool,
    `SELECT parked_seq AS seq, ${columns}, done_at AS discardedAt FROM parked_history
       WHERE correlation_id IN (?) AND action = 'discarded'
     UNION ALL SELECT seq, ${columns}, NULL FROM parked WHERE correlation_id IN (?)`,
    [orderIds, orderIds],
  );
  return new Map(
    found.flatMap(({ eventId, headers, ...event }) => [
      [eventId, event],
      [String(decodeHeaders(headers).ce_id), event],
    ]),
  );
};
