import { randomUUID } from 'node:crypto';
import { partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import { connect } from '@quadrille/db/connect';
import { checkDurability, WeakDurability } from '@quadrille/db/durability';
import { createClient, retry } from '@quadrille/kafka/client';
import { createPublisher } from '@quadrille/kafka/producer';
import { checkTopics } from '@quadrille/kafka/topic-check';
import { readTopicLifetime } from '@quadrille/kafka/topics';
import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { SettingsError } from '@quadrille/process/settings/error';
import { checkRetention, createInboxGuard } from './maintenance.ts';
import { createMeter, measureOutboxes } from './metrics.ts';
import type { RelayState } from './options.ts';
import { relay } from './relay.ts';
import { relaySettings } from './settings.ts';
import { waitForTopics } from './wait-for-topics.ts';
import { createWakeUps } from './wake-up.ts';

runProcess('relay', relaySettings, async (settings, { log, onStop, fail }) => {
  const retention = { outbox: settings.outboxRetention, inbox: settings.inboxRetention };
  checkRetention(retention);
  const wakeUps = createWakeUps(settings.databaseUrls, log);
  onStop('binlog', wakeUps.stop);

  // A relay without a lease is ready, too: it can take over.
  const states = new Map<string, { state: RelayState; why?: string | undefined }>();
  const isReady = () => settings.databaseUrls.every((url) => states.has(url));
  const obstacle = async () => {
    const failing = [...states].filter(([, { state }]) => state === 'failing');
    return failing.length === 0 ? null : failing.map(([url, { why }]) => `${databaseOf(url)}: ${why}`).join('; ');
  };
  const stopping = new AbortController();
  // Connections: one to publish and renew the lease, one for maintenance, one for metrics.
  const pools = new Map(settings.databaseUrls.map((url) => [url, connect(url, 4)]));
  const databaseOf = (url: string) => new URL(url).pathname.slice(1);
  measureOutboxes(new Map([...pools].map(([url, pool]) => [databaseOf(url), pool])));
  const brokers = settings.brokers;
  const kafka = createClient(brokers, 'relay', log);
  const mayPurgeInbox = createInboxGuard(() => readTopicLifetime(kafka, topics), retention, log);
  const check = () =>
    checkTopics(
      // A client for each try, and few tries: one that does not reach the broker that it chose must not wait for it without end.
      createClient(brokers, 'relay', log, { retry: { ...retry, retries: 3 } }),
      { topics, partitions: partitionsPerTopic, replication: settings.replication, brokers },
      (difference) => log.warn(difference),
    );
  const inspected = waitForTopics(check, log, stopping.signal).catch((error: unknown) => {
    stopping.abort();
    fail(error);
  });
  const relays = [...pools].map(async ([url, pool]) => {
    const database = databaseOf(url);
    const ofDatabase = log.child({ database });
    // A producer for each outbox: kafkajs sends one request at a time, and a producer in trouble is thrown away.
    const publisher = createPublisher((connecting) => createClient(brokers, 'relay', log, connecting));
    await inspected;
    await relay({
      pool,
      publisher,
      holder: randomUUID(),
      wakeUp: wakeUps.of(url),
      retention,
      mayPurgeInbox,
      inspect: () =>
        checkDurability(pool, (weakness) => ofDatabase.warn(weakness)).catch((error: unknown) => {
          if (error instanceof WeakDurability) fail(error);
          throw error;
        }),
      meter: createMeter(database, (state, why) => states.set(url, { state, why })),
      log: ofDatabase,
      signal: stopping.signal,
    });
    await publisher.close();
    await pool.end();
  });
  onStop('relays', async () => {
    stopping.abort();
    wakeUps.notifyAll();
    await Promise.all(relays);
  });

  if (settings.profiling && settings.token === undefined)
    throw new SettingsError('PROFILING needs SYSTEM_TOKEN: profiles are made only for who carries it');
  const http = await serveHttp({
    ...{ host: settings.host, port: settings.port, isReady, obstacle },
    ...(settings.profiling && settings.token && { profiling: { systemToken: settings.token } }),
  });
  onStop('http', http.close);
  reportPort(http.port);
  log.info({ port: http.port, databases: relays.length }, 'relay started');
});
