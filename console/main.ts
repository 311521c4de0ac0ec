import { topics } from '@quadrille/contracts/catalogue';
import { connect } from '@quadrille/db/connect';
import { closeLate } from '@quadrille/db/late';
import { createClient } from '@quadrille/kafka/client';
import { groupOf } from '@quadrille/kafka/groups';
import { openCluster } from '@quadrille/ops/cluster';
import { opsSettingsOf } from '@quadrille/ops/settings';
import { clientAddressBehind } from '@quadrille/process/client-address';
import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { measureGroups } from './measure-groups.ts';
import { createOperations } from './operations.ts';
import { type Projection, projectionName, startProjection } from './projection/consumer.ts';
import { startForgetting } from './projection/retention.ts';
import { buildConsole } from './routes.ts';
import { consoleSettings } from './settings.ts';
import { decideAccess } from './web/access.ts';
import { createLive } from './web/live.ts';

runProcess('console', consoleSettings, async (settings, { log, onStop, fail }) => {
  const access = await decideAccess({
    users: settings.users,
    operatorPassword: settings.operatorPassword,
    sessionKey: settings.sessionKey,
    secure: settings.url?.startsWith('https:') ?? false,
    host: settings.host,
    isDevelopment: process.env.NODE_ENV === 'development',
  });

  const pool = connect(settings.databaseUrl, 4);
  onStop('database', () => pool.end());
  const opsSettings = opsSettingsOf(settings.ops);
  const cluster = openCluster(opsSettings);
  onStop('databases of the services', cluster.close);
  const group = groupOf(cluster.groupPrefix, projectionName);
  // Pages wait for no answer longer than some seconds: their connections are others than those of acts and of the projection.
  const reading = connect(settings.databaseUrl, 8);
  onStop('database for pages', () => reading.end());
  const looking = openCluster(opsSettings);
  onStop('databases of the services for pages', looking.close);
  measureGroups(looking);
  for (const each of [reading, looking.auditLog, ...Object.values(looking.read)]) closeLate(each, 10_000);
  const gatewayUrl = settings.gatewayUrl.replace(/\/+$/, '');
  const operations = createOperations({ cluster, looking, gatewayUrl, systemToken: settings.token });
  onStop('operations', operations.stop);
  const live = createLive();

  let projection: Projection | null = null;
  const isReady = () => projection?.isReady() ?? false;
  const app = buildConsole({
    ...{ pool: reading, cluster: looking, operations, access, live, topics, log },
    clientAddress: clientAddressBehind(settings.trustedProxies ?? []),
    group,
    trouble: () => projection?.trouble() ?? null,
  });
  // Before the consumer has joined: what is known already can be seen, also while Kafka is away.
  const http = await serveHttp({
    host: settings.host,
    port: settings.port,
    isReady,
    api: { fetch: app.fetch, close: live.close },
    metrics: 'elsewhere',
  });
  onStop('http', http.close);
  // People reach the console; metrics are for its operators, as at the gateway.
  const inside = await serveHttp({
    host: settings.host,
    port: settings.metricsPort,
    isReady,
    ...(settings.profiling && { profiling: { systemToken: settings.token } }),
  });
  onStop('metrics port', inside.close);
  reportPort(http.port, inside.port);
  const url = settings.url ?? `http://localhost:${http.port}`;
  log.info({ port: http.port, metricsPort: inside.port, url, access: access.kind }, 'console started');

  const forgetting = startForgetting(pool, settings.retention, log);
  onStop('forgetting', forgetting.stop);
  projection = await startProjection({
    pool,
    kafka: createClient(settings.ops.brokers, 'console', log),
    topics,
    group,
    onLearned: ({ orderIds }) => live.notify(orderIds),
    onCrash: fail,
    log,
  });
  onStop('projection', projection.stop);
});
