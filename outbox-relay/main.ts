import { connect } from '@quadrille/db/connect';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher } from '@quadrille/kafka/producer';
import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { httpHost, list, mysqlUrl, port, readSettings } from '@quadrille/process/settings';
import { v4 as uuid } from 'uuid';
import { createBells } from './bells.ts';
import { type RelayState, relay } from './relay.ts';

runProcess('relay', async ({ log, onStop }) => {
  const settings = readSettings({
    DATABASE_URLS: list.pipe(mysqlUrl.array()),
    KAFKA_BROKERS: list,
    HTTP_HOST: httpHost,
    HTTP_PORT: port.default(8085),
  });
  const bells = createBells(settings.DATABASE_URLS, log);
  onStop('binlog', bells.stop);

  const states = new Map<string, RelayState>();
  const isReady = () => settings.DATABASE_URLS.every((url) => ['leading', 'following'].includes(states.get(url) ?? ''));
  const stopping = new AbortController();
  const relays = settings.DATABASE_URLS.map(async (url) => {
    const database = new URL(url).pathname.slice(1);
    const pool = connect(url, 2);
    // A producer for each outbox: kafkajs sends one request at a time, and a producer in trouble is thrown away.
    const publisher = createPublisher((connecting) => createClient(settings.KAFKA_BROKERS, 'relay', log, connecting));
    await relay({
      pool,
      publisher,
      holder: uuid(),
      bell: bells.of(url),
      onState: (state) => states.set(url, state),
      log: log.child({ database }),
      signal: stopping.signal,
    });
    await publisher.close();
    await pool.end();
  });
  onStop('relays', async () => {
    stopping.abort();
    bells.ringAll();
    await Promise.all(relays);
  });

  const http = await serveHttp({ host: settings.HTTP_HOST, port: settings.HTTP_PORT, isReady });
  onStop('http', http.close);
  log.info({ port: http.port, databases: relays.length }, 'relay started');
});
