import { readLag } from '@quadrille/kafka/offsets';
import { type Lag, readConsumers, readQueues, readStuck, type ServiceLag } from '@quadrille/ops/lag';
import { ofEach, type Site } from '@quadrille/ops/site';
import { services } from '@quadrille/stack/setup';
import { answerOf, refuseIfAll, type Source, type Sources } from '../web/source.ts';

/** One service's part; what nobody tells now is null. */
export type FlowOfService = {
  readonly service: ServiceLag['service'];
  readonly consumer: ServiceLag['consumer'] | null;
  readonly queues: Pick<ServiceLag, 'outbox' | 'relay' | 'parked'> | null;
};

/** How far everything is behind, the console included; what nobody tells now is null. */
export type Flow = {
  readonly services: readonly FlowOfService[];
  readonly stuck: Lag['stuck'] | null;
  readonly console: {
    readonly records: number | null;
    readonly members: number | null;
    readonly trouble: string | null;
  };
  /** What did not answer. */
  readonly away: readonly Source[];
};

export type FlowParts = {
  readonly site: Site;
  readonly sources: Sources;
  readonly topics: readonly string[];
  /** The consumer group that feeds the read model. */
  readonly group: string;
  readonly trouble: () => string | null;
};

/** How long an order may be on its way before it counts as stuck (ms). */
export const stuckAfter = 30_000;

/** @throws SourceAway when neither Kafka nor any database answers */
const readFlow = async ({ site, sources, topics, group, trouble }: FlowParts): Promise<Flow> => {
  const [ofKafka, queues, stuck] = await Promise.all([
    answerOf(sources.kafka, () =>
      Promise.all([readConsumers(site), readLag(site.kafka, [{ groupId: group, topics }])] as const),
    ),
    ofEach((service) => answerOf(sources[service], () => readQueues(site, service))),
    answerOf(sources.order, () => readStuck(site, stuckAfter)),
  ]);
  const asked = [sources.kafka, ...services.map((service) => sources[service])];
  const away = [
    ...(ofKafka ? [] : [sources.kafka]),
    ...services
      .filter((service) => !queues[service] || (service === 'order' && !stuck))
      .map((service) => sources[service]),
  ];
  refuseIfAll(away, asked);
  const [consumers, [own] = []] = ofKafka ?? [];
  return {
    services: services.map((service) => ({
      service,
      consumer: consumers?.[service] ?? null,
      queues: queues[service],
    })),
    stuck,
    console: {
      records: own ? own.topics.reduce((sum, topic) => sum + topic.records, 0) : null,
      members: own?.members ?? null,
      trouble: trouble(),
    },
    away,
  };
};

/** What several who look at the same time share: it asks Kafka and four databases. */
export const createFlow = (parts: FlowParts): (() => Promise<Flow>) => {
  let last: { at: number; answer: Promise<Flow> } | null = null;
  return () => {
    if (!last || Date.now() - last.at > 1_000) last = { at: Date.now(), answer: readFlow(parts) };
    return last.answer;
  };
};
export type ReadFlow = ReturnType<typeof createFlow>;
