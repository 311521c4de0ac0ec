import type { Cluster } from '@quadrille/ops/cluster';
import { readConsumers } from '@quadrille/ops/lag';
import { measure } from '@quadrille/process/metrics';
import { services } from '@quadrille/services';

/** Metrics are read by several; Kafka is asked once for all of them (ms). */
const freshFor = 5_000;

/** How far the services are behind, by Kafka's word: also of a service that does not run, which cannot say so itself. */
export const measureGroups = (cluster: Cluster): void => {
  let last: { readonly at: number; readonly answer: ReturnType<typeof readConsumers> } | null = null;
  const read = async () => {
    if (!last || Date.now() - last.at > freshFor) {
      last = { at: Date.now(), answer: readConsumers(cluster, 0) };
      last.answer.catch(() => {
        last = null;
      });
    }
    const consumers = await last.answer;
    return services.map((consumer) => ({ consumer, ...consumers[consumer] }));
  };
  measure(
    {
      name: 'quadrille_consumer_lag_records',
      help: 'Records of a topic that a service has still to process',
      labelNames: ['consumer', 'topic'],
    },
    async () =>
      (await read()).flatMap(({ consumer, topics }) =>
        topics.map(({ topic, records }) => [{ consumer, topic }, records] as const),
      ),
  );
  measure(
    {
      name: 'quadrille_consumer_members',
      help: 'Instances of a service in its consumer group',
      labelNames: ['consumer'],
    },
    async () => (await read()).map(({ consumer, members }) => [{ consumer }, members] as const),
  );
};
