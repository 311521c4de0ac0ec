import { statusAfter } from '@quadrille/contracts/orders-http';
import { type Queryable, select } from './select.ts';

/** Orders that are neither placed nor over, by the clock of their database. */
export type OpenOrders = {
  readonly stuck: { readonly orders: number; readonly oldest: string | null; readonly oldestMs: number | null };
  /** On their way to being placed, and since when (ms) the one that waits longest has not moved. */
  readonly waiting: number;
  readonly waitingMs: number | null;
  /** How long ago (ms) an order was last placed, or came to its end; null: never. */
  readonly completedMs: number | null;
  /** Orders that were changed in the future: the clock was set back. Until then they do not seem to wait. */
  readonly fromFuture: number;
};

/** A clock may be corrected by so much (ms) without a word. */
const skew = 60_000;

type Row = {
  readonly stuck: number;
  readonly oldest: string | null;
  readonly oldestMs: number | null;
  readonly waiting: number;
  readonly waitingMs: number | null;
  readonly completedMs: number | null;
  readonly fromFuture: number;
};

const steps = [...statusAfter.values()];
/** On its way to being placed. */
const forward = `status IN (${steps.slice(0, steps.indexOf('awaiting-payment')).map((status) => `'${status}'`)})`;
/** Also an order whose payment should have expired. */
const since = `CASE WHEN ${forward} OR status = 'cancelling' THEN updated_at WHEN status = 'awaiting-payment' THEN payment_expires_at END`;
const ms = (moment: string) => `TIMESTAMPDIFF(MICROSECOND, ${moment}, UTC_TIMESTAMP(3)) DIV 1000`;

/**
 * The orders table has no index on its status: one look goes through all of it.
 * @param patience how long (ms) an order may wait for a service before it is stuck
 */
export const readOpenOrders = async (order: Queryable, patience: number): Promise<OpenOrders> => {
  const late = `${since} < UTC_TIMESTAMP(3) - INTERVAL ? * 1000 MICROSECOND`;
  const [row] = await select<Row>(
    order,
    `SELECT COUNT(IF(${late}, 1, NULL)) AS stuck, ${ms(`MIN(IF(${late}, ${since}, NULL))`)} AS oldestMs,
       SUBSTRING(MIN(IF(${late}, CONCAT(${since}, order_id), NULL)), 24) AS oldest,
       COUNT(IF(${forward}, 1, NULL)) AS waiting, ${ms(`MIN(IF(${forward}, updated_at, NULL))`)} AS waitingMs,
       ${ms('MAX(GREATEST(COALESCE(placed_at, finished_at), COALESCE(finished_at, placed_at)))')} AS completedMs,
       COUNT(IF(updated_at > UTC_TIMESTAMP(3) + INTERVAL ? * 1000 MICROSECOND, 1, NULL)) AS fromFuture FROM orders`,
    [patience, patience, patience, skew],
  );
  const numberOf = (value: number | null | undefined) => (value === null || value === undefined ? null : Number(value));
  return {
    stuck: {
      orders: Number(row?.stuck ?? 0),
      oldest: row?.oldest ?? null,
      oldestMs: numberOf(row?.oldestMs),
    },
    waiting: Number(row?.waiting ?? 0),
    waitingMs: numberOf(row?.waitingMs),
    completedMs: numberOf(row?.completedMs),
    fromFuture: Number(row?.fromFuture ?? 0),
  };
};
