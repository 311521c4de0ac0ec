import { runService } from '@quadrille/participant/service';
import { startSweeper } from '@quadrille/participant/sweeper';
import { createQueue } from '@quadrille/process/queue';
import { createApi } from './api.ts';
import { cancelOverdue } from './deadlines.ts';
import { createFeed } from './feed.ts';
import { purgeKeys, type SubmitState } from './idempotency.ts';
import { measureOrders } from './measure-orders.ts';
import type { Received } from './rules.ts';
import type { Order } from './schema.ts';
import { orderSettings } from './service.ts';
import { order, readOrders } from './store.ts';
import { createWatch } from './watch.ts';

runService<SubmitState, Received, typeof orderSettings>('order', orderSettings, ({ pool, settings, log, onStop }) => {
  const watch = createWatch((orderIds) => readOrders(pool, orderIds));
  onStop('watch', watch.stop);

  const measureChanges = measureOrders(pool);

  // Concurrent readers share one statement, as concurrent submits share one transaction.
  const reads = createQueue<string, Order | undefined>(async (orderIds) => {
    const found = await readOrders(pool, orderIds);
    return orderIds.map((orderId) => found.get(orderId));
  }, 500);
  const read = async (orderId: string) => (await reads.add([orderId]))[0];

  return {
    participant: order,
    onCommitted: (changes) => {
      measureChanges(changes);
      watch.changed(changes.flatMap(({ state }) => state.order ?? []));
    },
    start: (service) => {
      const sweepers = [
        startSweeper({ what: 'deadline passed', every: 1_000, work: () => cancelOverdue(pool, service), log }),
        startSweeper({ what: 'idempotency keys forgotten', every: 60_000, work: () => purgeKeys(pool), log }),
      ];
      onStop('sweepers', async () => {
        await Promise.all(sweepers.map((sweeper) => sweeper.stop()));
      });

      const api = createApi({ pool, service, read, deadline: settings.deadline, log });
      return { fetch: api.fetch, ...createFeed(watch, read, log) };
    },
  };
});
