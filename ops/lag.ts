import { listOutboxParked } from '@quadrille/db/outbox-parked';
import { readDepth } from '@quadrille/db/outbox-progress';
import { countParked } from '@quadrille/db/parked';
import { groupOf } from '@quadrille/kafka/groups';
import { type GroupLag, readLag } from '@quadrille/kafka/offsets';
import { type Service, services } from '@quadrille/stack/setup';
import { readOpenOrders } from './lag-orders.ts';
import { type Found, type Problem, problemsOf, type ServiceLag } from './lag-problems.ts';
import { readRecent, unreceivedOf } from './lag-recent.ts';
import { readClock, select } from './select.ts';
import { ofEach, type Site } from './site.ts';

export type { ServiceLag } from './lag-problems.ts';

/** All that was found, and what of it somebody has to see to; no problems: all is well. */
export type Lag = Found & { readonly problems: readonly Problem[] };

/**
 * Everything is asked, or it fails: what could not be read must not count as well.
 * @param patience how long (ms) an order may be on its way before it counts as stuck, and an event before it counts as late
 */
export const lag = async (site: Site, patience: number): Promise<Lag> => {
  const { read, members, kafka, groupPrefix } = site;
  const now = await readClock(read.order);
  // In this order: what is published now has to be in Kafka then, and what a group has passed then, in its inbox after that.
  const recent = await ofEach((service) => readRecent(read[service]));
  const groups = services.map((service) => ({
    ...{ groupId: groupOf(groupPrefix, service), clientId: service, topics: members[service].topics },
  }));
  const consumers = await readLag(kafka, groups, now.getTime() - patience);
  const [unreceived, { stuck, ...open }, ofServices] = await Promise.all([
    unreceivedOf(site, recent, consumers, now.getTime() - patience),
    readOpenOrders(read.order, patience),
    ofEach((service) => readQueues(site, service)),
  ]);
  const found: Found = {
    at: now.toISOString(),
    patience,
    services: services.map((service, index): ServiceLag => {
      const consumer = consumers[index] as GroupLag;
      const records = consumer.topics.reduce((sum, topic) => sum + topic.records, 0);
      return { service, consumer: { ...consumer, records }, unreceived: unreceived[service], ...ofServices[service] };
    }),
    stuck,
    open,
  };
  return { ...found, problems: problemsOf(found) };
};

/** Ages are told by the clock that wrote the time: that of the service's own database. */
const readQueues = async (
  { read }: Site,
  service: Service,
): Promise<Pick<ServiceLag, 'outbox' | 'relay' | 'parked' | 'clockMs'>> => {
  const pool = read[service];
  const [now, ofOrder] = await Promise.all([readClock(pool), readClock(read.order)]);
  const [depth, parked, setAside, [relay]] = await Promise.all([
    readDepth(pool),
    countParked(pool),
    listOutboxParked(pool),
    select<{ holder: string; epoch: number }>(
      pool,
      "SELECT holder, epoch FROM relay_lease WHERE name = 'outbox' AND expires_at > UTC_TIMESTAMP(3)",
    ),
  ]);
  const age = (since: Date | null) => since && Math.max(0, now.getTime() - since.getTime());
  return {
    outbox: {
      events: depth.events,
      oldestMs: age(depth.oldest),
      refused: setAside.filter(({ status }) => status === 'refused').length,
    },
    relay: relay ?? null,
    parked: { failed: parked.failed, waiting: parked.waiting, oldestMs: age(parked.oldest) },
    clockMs: now.getTime() - ofOrder.getTime(),
  };
};
