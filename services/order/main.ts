import { serve } from '@hono/node-server';
import { connect } from '@quadrille/db/connect';
import { startParticipant } from '@quadrille/participant/participant';
import { runProcess } from '@quadrille/process/lifecycle';
import { duration, httpHost, list, mysqlUrl, port, readSettings } from '@quadrille/process/settings';
import { createApi } from './api.ts';
import { sweepDeadlines } from './deadlines.ts';
import { order, readOrders } from './store.ts';
import { createWatch } from './watch.ts';

runProcess('order', async ({ log, onStop, fail }) => {
  const settings = readSettings({
    DATABASE_URL: mysqlUrl,
    KAFKA_BROKERS: list,
    HTTP_HOST: httpHost,
    HTTP_PORT: port.default(8081),
    ORDER_DEADLINE: duration.default(15 * 60_000),
  });

  const pool = connect(settings.DATABASE_URL);
  onStop('database', () => pool.end());

  const watch = createWatch((orderIds) => readOrders(pool, orderIds));
  onStop('watch', watch.stop);

  const service = await startParticipant(order, {
    pool,
    brokers: settings.KAFKA_BROKERS,
    log,
    onCrash: fail,
    onCommitted: (changes) => watch.changed(changes.flatMap(({ state }) => state.order ?? [])),
  });
  onStop('participant', service.stop);

  const deadlines = sweepDeadlines(pool, service, log);
  onStop('deadlines', deadlines.stop);

  const stopping = new AbortController();
  const api = createApi({
    pool,
    service,
    watch,
    deadline: settings.ORDER_DEADLINE,
    isReady: service.isReady,
    stopping: stopping.signal,
  });
  const server = serve({ fetch: api.fetch, hostname: settings.HTTP_HOST, port: settings.HTTP_PORT });
  onStop('http', async () => {
    stopping.abort();
    await new Promise((resolve) => server.close(resolve));
  });
  log.info({ port: settings.HTTP_PORT }, 'order service started');
});
