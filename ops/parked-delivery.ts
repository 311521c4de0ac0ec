import type { ParkedEvent } from '@quadrille/db/parked';
import { decodeHeaders } from '@quadrille/participant/parked-event';
import { type Queryable, select } from './select.ts';

/** An event that a service has not applied: it is parked, or was given up by a person. */
export type ParkedDelivery = Pick<ParkedEvent, 'seq' | 'cause' | 'attempts' | 'parkedAt'> & {
  readonly discardedAt: Date | null;
};

/**
 * What a service has set aside of some orders, by event id. Bytes that could not be read have an id of their own: they are found by the
 * one they claim, too.
 */
export const readParkedDeliveries = async (
  pool: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, ParkedDelivery>> => {
  return byEventId(await select<ParkedRow>(pool, parkedSql, [orderIds, orderIds]));
};

type ParkedRow = ParkedDelivery & Pick<ParkedEvent, 'eventId' | 'headers'>;

const columns = 'event_id AS eventId, headers, cause, attempts, parked_at AS parkedAt';
const parkedSql = `SELECT parked_seq AS seq, ${columns}, done_at AS discardedAt FROM parked_history
    WHERE correlation_id IN (?) AND action = 'discarded'
  UNION ALL SELECT seq, ${columns}, NULL FROM parked WHERE correlation_id IN (?)`;

const byEventId = (rows: readonly ParkedRow[]): Map<string, ParkedDelivery> =>
  new Map(
    rows.flatMap(({ eventId, headers, ...event }) => [
      [eventId, event],
      [String(decodeHeaders(headers).ce_id), event],
    ]),
  );

/**
 * What has reached a service, in one statement: when it took in each of these events, and what it has parked of some orders. A parked event
 * is in the inbox, too: it has arrived, but has no effect yet.
 */
export const readReceived = async (
  pool: Queryable,
  eventIds: readonly string[],
  orderIds: readonly string[],
): Promise<{ readonly taken: ReadonlyMap<string, Date>; readonly parked: ReadonlyMap<string, ParkedDelivery> }> => {
  const taken = 'SELECT NULL, event_id, NULL, NULL, 0, taken_at, NULL FROM inbox WHERE event_id IN (?)';
  const [sql, values] =
    eventIds.length === 0
      ? [parkedSql, [orderIds, orderIds]]
      : [`${parkedSql} UNION ALL ${taken}`, [orderIds, orderIds, eventIds]];
  const rows = await select<ParkedRow | (Omit<ParkedRow, 'seq'> & { seq: null })>(pool, sql, values);
  return {
    taken: new Map(rows.flatMap(({ seq, eventId, parkedAt }) => (seq === null ? [[eventId, parkedAt]] : []))),
    parked: byEventId(rows.flatMap((row) => (row.seq === null ? [] : [{ ...row, seq: row.seq }]))),
  };
};
