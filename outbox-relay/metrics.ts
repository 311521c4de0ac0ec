import type { Pool } from '@quadrille/db/connect';
import { readParkedOrders } from '@quadrille/db/outbox-parked';
import { readDepth } from '@quadrille/db/outbox-progress';
import { connectionsOf } from '@quadrille/db/pool-use';
import { Counter, Gauge, histogram, measure } from '@quadrille/process/metrics';
import { within } from '@quadrille/process/within';
import type { RelayMeter, RelayState } from './options.ts';

const labelNames = ['database'] as const;
const published = new Counter({ name: 'quadrille_relay_published_total', help: 'Events published', labelNames });
const refused = new Counter({
  name: 'quadrille_relay_refused_total',
  help: 'Events that Kafka refused for good',
  labelNames,
});
const retries = new Counter({
  name: 'quadrille_relay_retries_total',
  help: 'Times the relay began anew after trouble',
  labelNames,
});
const batchSizes = histogram({
  name: 'quadrille_relay_batch_size',
  help: 'Events published together',
  labelNames,
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
});
const publishSeconds = histogram({
  name: 'quadrille_relay_publish_seconds',
  help: 'From when events were read from the outbox to when Kafka has acknowledged them',
  labelNames,
});
const leading = new Gauge({
  name: 'quadrille_relay_leading',
  help: '1: publishes this outbox; 0: ready to take over; -1: in trouble',
  labelNames,
});
const levels: Record<RelayState, number> = { leading: 1, following: 0, failing: -1 };

/** The meter of one database's relay. */
export const createMeter = (database: string, onState: RelayMeter['state']): RelayMeter => {
  const labels = { database };
  const [sizes, seconds] = [batchSizes(labels), publishSeconds(labels)];
  for (const counter of [published, refused, retries]) counter.inc(labels, 0);
  return {
    state: (state, why) => {
      leading.set(labels, levels[state]);
      onState(state, why);
    },
    published: (events, tookMs) => {
      published.inc(labels, events);
      if (events === 0) return;
      sizes(events);
      seconds(tookMs / 1_000);
    },
    refused: (events) => refused.inc(labels, events),
    retried: () => retries.inc(labels),
  };
};

/** What the databases know; asked when the metrics are read. A database that is away has no value then, and the others have theirs. */
export const measureOutboxes = (pools: ReadonlyMap<string, Pool>): void => {
  const gauge = (name: string, help: string, read: (pool: Pool) => Promise<number>) =>
    measure({ name, help, labelNames }, async () => {
      const values = [...pools].map(async ([database, pool]) => {
        const value = await within(2_000, read(pool)).catch(() => null);
        return value === null ? [] : [[{ database }, value] as const];
      });
      return (await Promise.all(values)).flat();
    });
  gauge('quadrille_outbox_depth', 'Events not yet published', async (pool) => (await readDepth(pool)).events);
  gauge('quadrille_outbox_oldest_seconds', 'Age of the oldest event not yet published', async (pool) => {
    const { oldest } = await readDepth(pool);
    return oldest === null ? 0 : Math.max(0, (Date.now() - oldest.getTime()) / 1000);
  });
  gauge(
    'quadrille_outbox_parked_orders',
    'Orders with events that Kafka refused',
    async (pool) => (await readParkedOrders(pool)).size,
  );
  gauge('quadrille_database_up', '1: the database has answered; 0: it has not', (pool) =>
    within(1_500, pool.query('SELECT 1')).then(
      () => 1,
      () => 0,
    ),
  );
  measure(
    {
      name: 'quadrille_database_connections',
      help: 'Connections of the pools, by what they do; wanted: calls that wait for one',
      labelNames: ['state'],
    },
    () =>
      (['busy', 'idle', 'wanted'] as const).map((state) => [
        { state },
        [...pools.values()].reduce((sum, pool) => sum + connectionsOf(pool)[state], 0),
      ]),
  );
};
