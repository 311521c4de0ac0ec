import { topics } from '@quadrille/contracts/catalogue';
import { connect } from '@quadrille/db/connect';
import { closeLate } from '@quadrille/db/late';
import { createClient } from '@quadrille/kafka/client';
import { groupOf } from '@quadrille/kafka/groups';
import { openCluster } from '@quadrille/ops/cluster';
import { readOpsSettings } from '@quadrille/ops/settings';
import { clientAddressBehind } from '@quadrille/process/client-address';
import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { duration, httpHost, list, mysqlUrl, port, readSettings } from '@quadrille/process/settings';
import { systemToken } from '@quadrille/process/system-token';
import { z } from 'zod';
import { createOperations } from './operations.ts';
import { type Projection, projectionName, startProjection } from './projection/consumer.ts';
import { startForgetting } from './projection/retention.ts';
import { buildConsole } from './routes.ts';
import { decideAccess } from './web/access.ts';
import { createLive } from './web/live.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'a URL such as http://localhost:8080' });

runProcess('console', async ({ log, onStop, fail }) => {
  const settings = readSettings({
    CONSOLE_PORT: port.default(36789),
    METRICS_PORT: port.default(8087),
    HTTP_HOST: httpHost,
    CONSOLE_URL: httpUrl.optional(),
    DATABASE_URL: mysqlUrl,
    KAFKA_BROKERS: list,
    GATEWAY_URL: httpUrl,
    SYSTEM_TOKEN: systemToken,
    CONSOLE_USERS: z.string().optional(),
    CONSOLE_OPERATOR_PASSWORD: z.string().optional(),
    CONSOLE_SESSION_KEY: z.string().min(32, 'at least 32 characters, by chance').optional(),
    TRUSTED_PROXIES: list.default([]),
    CONSOLE_RETENTION: duration.default(30 * 86_400_000),
  });
  const access = await decideAccess({
    users: settings.CONSOLE_USERS,
    operatorPassword: settings.CONSOLE_OPERATOR_PASSWORD,
    sessionKey: settings.CONSOLE_SESSION_KEY,
    secure: settings.CONSOLE_URL?.startsWith('https:') ?? false,
    host: settings.HTTP_HOST,
    isDevelopment: process.env.NODE_ENV === 'development',
  });

  const pool = connect(settings.DATABASE_URL, 4);
  onStop('database', () => pool.end());
  const cluster = openCluster(readOpsSettings());
  onStop('databases of the services', cluster.close);
  const group = groupOf(cluster.groupPrefix, projectionName);
  // Pages wait for no answer longer than some seconds: their connections are others than those of acts and of the projection.
  const reading = connect(settings.DATABASE_URL, 8);
  onStop('database for pages', () => reading.end());
  const looking = openCluster(readOpsSettings());
  onStop('databases of the services for pages', looking.close);
  for (const each of [reading, looking.auditLog, ...Object.values(looking.read)]) closeLate(each, 10_000);
  const gatewayUrl = settings.GATEWAY_URL.replace(/\/+$/, '');
  const operations = createOperations({ cluster, looking, gatewayUrl, systemToken: settings.SYSTEM_TOKEN });
  onStop('operations', operations.stop);
  const live = createLive();

  let projection: Projection | null = null;
  const isReady = () => projection?.isReady() ?? false;
  const app = buildConsole({
    ...{ pool: reading, cluster: looking, operations, access, live, topics, log },
    clientAddress: clientAddressBehind(settings.TRUSTED_PROXIES),
    group,
    trouble: () => projection?.trouble() ?? null,
  });
  // Before the consumer has joined: what is known already can be seen, also while Kafka is away.
  const http = await serveHttp({
    host: settings.HTTP_HOST,
    port: settings.CONSOLE_PORT,
    isReady,
    api: { fetch: app.fetch, close: live.close },
    metrics: 'elsewhere',
  });
  onStop('http', http.close);
  // People reach the console; metrics are for its operators, as at the gateway.
  const inside = await serveHttp({ host: settings.HTTP_HOST, port: settings.METRICS_PORT, isReady });
  onStop('metrics port', inside.close);
  reportPort(http.port);
  const url = settings.CONSOLE_URL ?? `http://localhost:${http.port}`;
  log.info({ port: http.port, metricsPort: inside.port, url, access: access.kind }, 'console started');

  const forgetting = startForgetting(pool, settings.CONSOLE_RETENTION, log);
  onStop('forgetting', forgetting.stop);
  projection = await startProjection({
    pool,
    kafka: createClient(settings.KAFKA_BROKERS, 'console', log),
    topics,
    group,
    onLearned: ({ orderIds }) => live.notify(orderIds),
    onCrash: fail,
    log,
  });
  onStop('projection', projection.stop);
});
