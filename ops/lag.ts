import { type HaltRow, readHalts } from '@quadrille/db/halts';
import { readLease } from '@quadrille/db/lease';
import { listOutboxParked } from '@quadrille/db/outbox-parked';
import { readDepth } from '@quadrille/db/outbox-progress';
import { countParked } from '@quadrille/db/parked';
import { type GroupLag, readLag } from '@quadrille/kafka/offsets';
import { type Service, services } from '@quadrille/stack/setup';
import { readClock, select } from './select.ts';
import { ofEach, type Site } from './site.ts';

/** How far one service is behind, on both of its sides. */
export type ServiceLag = {
  readonly service: Service;
  /** What it hears: records not yet taken in, by topic. `members` 0: nobody is there to take them in. */
  readonly consumer: Pick<GroupLag, 'state' | 'members' | 'topics'> & { readonly records: number };
  /** What it says: events that the relay has not published. */
  readonly outbox: { readonly events: number; readonly oldestMs: number | null; readonly refused: number };
  /** `relay` null: no relay leads this database now. */
  readonly relay: { readonly holder: string; readonly epoch: number } | null;
  readonly parked: { readonly failed: number; readonly waiting: number; readonly oldestMs: number | null };
  /** Where it takes in nothing more, because it can apply too few of the last events. */
  readonly halts: readonly HaltRow[];
};

export type Lag = {
  readonly at: string;
  readonly services: readonly ServiceLag[];
  /** Orders neither placed nor at their end that have not moved for `patience`. */
  readonly stuck: { readonly orders: number; readonly oldest: string | null; readonly oldestMs: number | null };
};

/** @param patience how long (ms) an order may be on its way before it counts as stuck */
export const lag = async (site: Site, patience: number): Promise<Lag> => {
  const { read, members, kafka } = site;
  const [now, groups, stuck, ofServices] = await Promise.all([
    readClock(read.order),
    readLag(
      kafka,
      services.map((service) => ({ groupId: service, topics: members[service].topics })),
    ),
    readStuck(site, patience),
    ofEach((service) => readQueues(site, service)),
  ]);
  const age = (since: Date | null) => since && Math.max(0, now.getTime() - since.getTime());
  return {
    at: now.toISOString(),
    services: services.map((service): ServiceLag => {
      const group = groups.find(({ groupId }) => groupId === service);
      const { depth, refused, relay, parked, halts } = ofServices[service];
      const topics = group?.topics ?? [];
      return {
        service,
        consumer: {
          state: group?.state ?? 'unknown',
          members: group?.members ?? 0,
          topics,
          records: topics.reduce((sum, { records }) => sum + records, 0),
        },
        outbox: { events: depth.events, oldestMs: age(depth.oldest), refused },
        relay,
        parked: { failed: parked.failed, waiting: parked.waiting, oldestMs: age(parked.oldest) },
        halts,
      };
    }),
    stuck: { orders: stuck.orders, oldest: stuck.oldest, oldestMs: age(stuck.since) },
  };
};

const readQueues = async ({ read }: Site, service: Service) => {
  const pool = read[service];
  const [depth, parked, setAside, halts, relay] = await Promise.all([
    readDepth(pool),
    countParked(pool),
    listOutboxParked(pool),
    readHalts(pool),
    readLease(pool),
  ]);
  const refused = setAside.filter(({ status }) => status === 'refused').length;
  return { depth, parked, refused, halts, relay };
};

/** The orders table has no index on its status: the end of the orders is known, what is open is few. */
const readStuck = async ({ read }: Site, patience: number) => {
  const [row] = await select<{ orders: number; since: Date | null; oldest: string | null }>(
    read.order,
    `SELECT COUNT(*) AS orders, MIN(updated_at) AS since, SUBSTRING(MIN(CONCAT(updated_at, order_id)), 24) AS oldest FROM orders
     WHERE status IN ('submitted', 'stock-reserved', 'coupon-applied', 'cancelling')
       AND updated_at < UTC_TIMESTAMP(3) - INTERVAL ? * 1000 MICROSECOND`,
    [patience],
  );
  return { orders: Number(row?.orders ?? 0), since: row?.since ?? null, oldest: row?.oldest ?? null };
};
