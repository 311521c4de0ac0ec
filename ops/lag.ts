import { readHalts } from '@quadrille/db/halts';
import { readLease } from '@quadrille/db/lease';
import { listOutboxParked } from '@quadrille/db/outbox-parked';
import { readDepth } from '@quadrille/db/outbox-progress';
import { countParked } from '@quadrille/db/parked';
import { groupOf } from '@quadrille/kafka/groups';
import { type GroupLag, readLag } from '@quadrille/kafka/offsets';
import { type Service, services } from '@quadrille/services';
import { type Cluster, ofEach } from './cluster.ts';
import { readOpenOrders } from './lag-orders.ts';
import { type ConsumerLag, type Found, type Problem, problemsOf, type Queues } from './lag-problems.ts';
import { readRecent, unreceivedOf } from './lag-recent.ts';
import { readClock } from './select.ts';

export type { ServiceLag } from './lag-problems.ts';

/** All figures, and the problems that an operator has to handle; no problems: all is well. */
export type Lag = Found & { readonly problems: readonly Problem[] };

/**
 * Everything is asked, or it fails: what could not be read must not count as well.
 * @param patience how long (ms) an order may be on its way before it counts as stuck, and an event before it counts as late
 */
export const lag = async (cluster: Cluster, patience: number): Promise<Lag> => {
  const { read } = cluster;
  const lateBefore = (await readClock(read.order)).getTime() - patience;
  // In this order: what is published now has to be in Kafka then, and what a group has passed then, in its inbox after that.
  const recent = await ofEach((service) => readRecent(read[service]));
  const consumers = await readConsumers(cluster, lateBefore);
  const [unreceived, { stuck, ...open }, queues] = await Promise.all([
    ofEach((service) => unreceivedOf(cluster, service, { recent, consumer: consumers[service], lateBefore })),
    readOpenOrders(read.order, patience),
    ofEach((service) => readQueues(cluster, service)),
  ]);
  const found: Found = {
    at: queues.order.clock.toISOString(),
    patience,
    services: services.map((service) => {
      const { clock, ...rest } = queues[service];
      const clockMs = clock.getTime() - queues.order.clock.getTime();
      return { service, consumer: consumers[service], unreceived: unreceived[service], ...rest, clockMs };
    }),
    stuck,
    open,
  };
  return { ...found, problems: problemsOf(found) };
};

/** What Kafka knows of it: how far the services' consumers are behind. @param lateBefore as for `readLag` */
export const readConsumers = async (
  { kafka, handles, groupPrefix }: Cluster,
  lateBefore: number,
): Promise<Record<Service, ConsumerLag>> => {
  const groups = services.map((service) => ({
    ...{ groupId: groupOf(groupPrefix, service), clientId: service, topics: handles[service].topics },
  }));
  const found = await readLag(kafka, groups, lateBefore);
  return ofEach(async (service) => {
    const group = found[services.indexOf(service)] as GroupLag;
    return { ...group, records: group.topics.reduce((sum, { records }) => sum + records, 0) };
  });
};

/** What a service's database knows of it. Ages are computed by the clock that wrote the time: that of this database. */
export const readQueues = async ({ read }: Cluster, service: Service): Promise<Queues> => {
  const pool = read[service];
  const [clock, depth, parked, unpublishable, halts, relay] = await Promise.all([
    readClock(pool),
    readDepth(pool),
    countParked(pool),
    listOutboxParked(pool),
    readHalts(pool),
    readLease(pool),
  ]);
  const age = (since: Date | null) => since && Math.max(0, clock.getTime() - since.getTime());
  return {
    clock,
    outbox: {
      events: depth.events,
      oldestMs: age(depth.oldest),
      refused: unpublishable.filter(({ status }) => status === 'refused').length,
    },
    relay,
    parked: { failed: parked.failed, waiting: parked.waiting, oldestMs: age(parked.oldest) },
    halts,
  };
};
