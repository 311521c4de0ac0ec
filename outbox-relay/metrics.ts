import type { Pool } from '@quadrille/db/connect';
import { readParkedOrders } from '@quadrille/db/outbox-parked';
import { readDepth } from '@quadrille/db/outbox-progress';
import { Counter, Gauge } from '@quadrille/process/metrics';
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
const leading = new Gauge({
  name: 'quadrille_relay_leading',
  help: '1: publishes this outbox; 0: ready to take over; -1: in trouble',
  labelNames,
});
const levels: Record<RelayState, number> = { leading: 1, following: 0, failing: -1 };

/** The meter of one database's relay. */
export const createMeter = (database: string, onState: RelayMeter['state']): RelayMeter => {
  const labels = { database };
  for (const counter of [published, refused, retries]) counter.inc(labels, 0);
  return {
    state: (state, why) => {
      leading.set(labels, levels[state]);
      onState(state, why);
    },
    published: (events) => published.inc(labels, events),
    refused: (events) => refused.inc(labels, events),
    retried: () => retries.inc(labels),
  };
};

/** What the databases know; asked when the metrics are read. A database that is away has no value then, and the others have theirs. */
export const measureOutboxes = (pools: ReadonlyMap<string, Pool>): void => {
  const gauge = (name: string, help: string, read: (pool: Pool) => Promise<number>) =>
    new Gauge({
      name,
      help,
      labelNames,
      async collect() {
        this.reset();
        await Promise.all(
          [...pools].map(async ([database, pool]) => {
            const value = await read(pool).catch(() => null);
            if (value !== null) this.set({ database }, value);
          }),
        );
      },
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
};
