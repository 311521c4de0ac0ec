import { readLag } from '@quadrille/kafka/offsets';
import { type Cluster, ofEach } from '@quadrille/ops/cluster';
import { readConsumers, readQueues } from '@quadrille/ops/lag';
import { readOpenOrders } from '@quadrille/ops/lag-orders';
import { type Found, type PartlyFound, type Problem, problemsOf } from '@quadrille/ops/lag-problems';
import { readRecent, unreceivedOf } from '@quadrille/ops/lag-recent';
import { type Service, services } from '@quadrille/services';
import { answerOf, refuseIfAll, type Source, type Sources } from '../web/source.ts';

/** One service's part; what is not known now is left out. */
export type FlowOfService = PartlyFound['services'][number];

/** How far everything is behind, the console included; what is not known now is left out, or null. */
export type Flow = {
  readonly services: readonly FlowOfService[];
  readonly stuck: Found['stuck'] | null;
  /** What an operator has to handle, as far as it is known. */
  readonly problems: readonly Problem[];
  readonly console: {
    readonly records: number | null;
    readonly members: number | null;
    readonly trouble: string | null;
  };
  /** What did not answer. */
  readonly away: readonly Source[];
};

export type FlowParts = {
  readonly cluster: Cluster;
  readonly sources: Sources;
  readonly topics: readonly string[];
  /** The consumer group that feeds the read model. */
  readonly group: string;
  readonly trouble: () => string | null;
};

/** How long an order or an event may be on its way before an operator has to look (ms). */
const patience = 30_000;

type Recent = Record<Service, Awaited<ReturnType<typeof readRecent>>>;

/** @throws SourceAway when neither Kafka nor any database answers */
const readFlow = async ({ cluster, sources, topics, group, trouble }: FlowParts): Promise<Flow> => {
  const lateBefore = Date.now() - patience;
  const { read } = cluster;
  // In this order, for the reason that `lag` has.
  const recent = await ofEach((service) => answerOf(sources[service], () => readRecent(read[service])));
  const isAllRecent = (some: typeof recent): some is Recent => services.every((service) => some[service] !== null);
  const [ofKafka, queues, orders] = await Promise.all([
    answerOf(sources.kafka, () =>
      Promise.all([
        readConsumers(cluster, lateBefore),
        readLag(cluster.kafka, [{ groupId: group, topics, clientId: 'console' }]),
      ] as const),
    ),
    ofEach((service) => answerOf(sources[service], () => readQueues(cluster, service))),
    answerOf(sources.order, () => readOpenOrders(read.order, patience)),
  ]);
  const [consumers, [own] = []] = ofKafka ?? [];
  const unreceived = await ofEach(async (service) => {
    const consumer = consumers?.[service];
    if (!consumer || !isAllRecent(recent)) return null;
    return answerOf(sources[service], () => unreceivedOf(cluster, service, { recent, consumer, lateBefore }));
  });
  const away = [
    ...(ofKafka ? [] : [sources.kafka]),
    ...services
      .filter((service) => !recent[service] || !queues[service] || (service === 'order' && !orders))
      .map((service) => sources[service]),
  ];
  refuseIfAll(away, [sources.kafka, ...services.map((service) => sources[service])]);
  const orderClock = queues.order?.clock;
  const found: PartlyFound = {
    patience,
    services: services.map((service): FlowOfService => {
      const { clock, ...rest } = queues[service] ?? {};
      return {
        service,
        ...(consumers && { consumer: consumers[service] }),
        ...(unreceived[service] && { unreceived: unreceived[service] }),
        ...rest,
        ...(clock && orderClock && { clockMs: clock.getTime() - orderClock.getTime() }),
      };
    }),
    ...(orders && splitOrders(orders)),
  };
  return {
    services: found.services,
    stuck: found.stuck ?? null,
    problems: problemsOf(found),
    console: {
      records: own ? own.topics.reduce((sum, topic) => sum + topic.records, 0) : null,
      members: own?.members ?? null,
      trouble: trouble(),
    },
    away,
  };
};

const splitOrders = ({ stuck, ...open }: Found['open'] & Pick<Found, 'stuck'>): Pick<Found, 'stuck' | 'open'> => ({
  stuck,
  open,
});

/** What several who look at the same time share: it asks Kafka and four databases. */
export const createFlow = (parts: FlowParts): (() => Promise<Flow>) => {
  let last: { at: number; answer: Promise<Flow> } | null = null;
  return () => {
    if (!last || Date.now() - last.at > 1_000) last = { at: Date.now(), answer: readFlow(parts) };
    return last.answer;
  };
};
export type ReadFlow = ReturnType<typeof createFlow>;
