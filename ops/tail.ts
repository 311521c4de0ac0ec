import { topics } from '@quadrille/contracts/catalogue';
import { decodeEvent } from '@quadrille/contracts/cloudevents';
import type { Event } from '@quadrille/contracts/event';
import type { IncomingRecord } from '@quadrille/kafka/consumer';
import { followRecords } from '@quadrille/kafka/reader';
import type { Cluster } from './cluster.ts';
import { select } from './select.ts';

/** A record as it goes by. */
export type Passing = Pick<IncomingRecord, 'topic' | 'partition' | 'offset'> &
  ({ readonly event: Event } | { readonly broken: string });

export type TailFilter = {
  readonly types?: ReadonlySet<string> | undefined;
  /** The services that say it. */
  readonly services?: ReadonlySet<string> | undefined;
  readonly orderId?: string | undefined;
  readonly userId?: number | undefined;
};

/**
 * Hands over events as they are published, until aborted. What is no event of ours is handed over as broken, unless something particular is
 * looked for.
 */
export const tail = async (
  cluster: Pick<Cluster, 'kafka' | 'groupPrefix' | 'read'>,
  filter: TailFilter,
  { onRecord, onReady, signal }: { onRecord: (passing: Passing) => void; onReady: () => void; signal: AbortSignal },
): Promise<void> => {
  const isUsers = userFilter(cluster, filter.userId);
  const take = async (records: readonly IncomingRecord[]) => {
    const passing = records.map(toPassing).filter((each) => matches(each, filter));
    const users = await isUsers(passing.flatMap((each) => ('event' in each ? [each.event] : [])));
    for (const each of passing) if (!('event' in each) || users(each.event)) onRecord(each);
  };
  await followRecords(cluster, topics, { take, onReady, signal });
};

export const toPassing = (record: IncomingRecord): Passing => {
  const { topic, partition, offset } = record;
  try {
    return { topic, partition, offset, event: decodeEvent(topic, record) };
  } catch (error) {
    return { topic, partition, offset, broken: error instanceof Error ? error.message : String(error) };
  }
};

export const matches = (passing: Passing, { types, services, orderId, userId }: TailFilter): boolean => {
  if (!('event' in passing)) return !types && !services && orderId === undefined && userId === undefined;
  const { type, publisher, correlationId } = passing.event;
  return (
    (!types || types.has(type)) &&
    (!services || services.has(publisher)) &&
    (orderId === undefined || orderId === correlationId)
  );
};

/** Only some events name the user: whose an order is, the order service knows. */
const userFilter = ({ read }: Pick<Cluster, 'read'>, userId: number | undefined) => {
  const known = new Map<string, number>();
  return async (events: readonly Event[]): Promise<(event: Event) => boolean> => {
    if (userId === undefined) return () => true;
    const unknown = [...new Set(events.map(({ correlationId }) => correlationId))].filter((id) => !known.has(id));
    if (unknown.length > 0) {
      const found = await select<{ orderId: string; userId: number }>(
        read.order,
        'SELECT order_id AS orderId, user_id AS userId FROM orders WHERE order_id IN (?)',
        [unknown],
      );
      if (known.size > 100_000) known.clear();
      for (const row of found) known.set(row.orderId, row.userId);
    }
    return ({ correlationId }) => known.get(correlationId) === userId;
  };
};
