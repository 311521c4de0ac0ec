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
  const [now, consumers, stuck, queues] = await Promise.all([
    readClock(site.read.order),
    readConsumers(site),
    readStuck(site, patience),
    ofEach((service) => readQueues(site, service)),
  ]);
  return {
    at: now.toISOString(),
    services: services.map((service) => ({ service, consumer: consumers[service], ...queues[service] })),
    stuck,
  };
};

/** What Kafka knows of it: how far the services' consumers are behind. */
export const readConsumers = async ({ kafka, members }: Site): Promise<Record<Service, ServiceLag['consumer']>> => {
  const asked = services.map((service) => ({ groupId: service, topics: members[service].topics }));
  const groups = await readLag(kafka, asked);
  return ofEach(async (service) => {
    const group = groups.find(({ groupId }) => groupId === service);
    const topics = group?.topics ?? [];
    return {
      state: group?.state ?? 'unknown',
      members: group?.members ?? 0,
      topics,
      records: topics.reduce((sum, { records }) => sum + records, 0),
    };
  });
};

/** What a service's database knows of it. */
export const readQueues = async (
  { read }: Site,
  service: Service,
): Promise<Pick<ServiceLag, 'outbox' | 'relay' | 'parked' | 'halts'>> => {
  const pool = read[service];
  const [now, depth, parked, setAside, halts, relay] = await Promise.all([
    readClock(pool),
    readDepth(pool),
    countParked(pool),
    listOutboxParked(pool),
    readHalts(pool),
    readLease(pool),
  ]);
  const refused = setAside.filter(({ status }) => status === 'refused').length;
  return {
    outbox: { events: depth.events, oldestMs: ageOf(now, depth.oldest), refused },
    relay,
    parked: { failed: parked.failed, waiting: parked.waiting, oldestMs: ageOf(now, parked.oldest) },
    halts,
  };
};

const ageOf = (now: Date, since: Date | null): number | null => since && Math.max(0, now.getTime() - since.getTime());

/** The orders table has no index on its status: the end of the orders is known, what is open is few. */
export const readStuck = async ({ read }: Site, patience: number): Promise<Lag['stuck']> => {
  const now = await readClock(read.order);
  const [row] = await select<{ orders: number; since: Date | null; oldest: string | null }>(
    read.order,
    `SELECT COUNT(*) AS orders, MIN(updated_at) AS since, SUBSTRING(MIN(CONCAT(updated_at, order_id)), 24) AS oldest FROM orders
     WHERE status IN ('submitted', 'stock-reserved', 'coupon-applied', 'cancelling')
       AND updated_at < UTC_TIMESTAMP(3) - INTERVAL ? * 1000 MICROSECOND`,
    [patience],
  );
  const oldestMs = ageOf(now, row?.since ?? null);
  return { orders: Number(row?.orders ?? 0), oldest: row?.oldest ?? null, oldestMs };
};
