import { topics } from '@quadrille/contracts/catalogue';
import { connect } from '@quadrille/db/connect';
import { createClient } from '@quadrille/kafka/client';
import { groupOf } from '@quadrille/kafka/groups';
import { readOpsSettings } from '@quadrille/ops/settings';
import { openSite } from '@quadrille/ops/site';
import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { duration, httpHost, list, mysqlUrl, port, readSettings } from '@quadrille/process/settings';
import { z } from 'zod';
import { createActs } from './acts.ts';
import { type Projection, projectionName, startProjection } from './projection/consumer.ts';
import { startForgetting } from './projection/retention.ts';
import { buildConsole } from './routes.ts';
import { decideAccess } from './web/access.ts';
import { createLive } from './web/live.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'a URL such as http://localhost:8080' });

runProcess('console', async ({ log, onStop, fail }) => {
  const settings = readSettings({
    CONSOLE_PORT: port.default(36789),
    HTTP_HOST: httpHost,
    CONSOLE_URL: httpUrl.optional(),
    DATABASE_URL: mysqlUrl,
    KAFKA_BROKERS: list,
    GATEWAY_URL: httpUrl,
    CONSOLE_USERS: z.string().optional(),
    CONSOLE_OPERATOR_PASSWORD: z.string().optional(),
    CONSOLE_SESSION_KEY: z.string().min(32, 'at least 32 characters, by chance').optional(),
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

  const pool = connect(settings.DATABASE_URL, 8);
  onStop('database', () => pool.end());
  const site = openSite(readOpsSettings());
  onStop('databases of the services', site.close);
  const group = groupOf(site.groupPrefix, projectionName);
  const acts = createActs(site, settings.GATEWAY_URL.replace(/\/+$/, ''));
  onStop('acts', acts.stop);
  const live = createLive();

  let projection: Projection | null = null;
  const app = buildConsole({
    ...{ pool, site, acts, access, live, topics, log },
    group,
    trouble: () => projection?.trouble() ?? null,
  });
  // Before the consumer has joined: what is known already can be seen, also while Kafka is away.
  const http = await serveHttp({
    host: settings.HTTP_HOST,
    port: settings.CONSOLE_PORT,
    isReady: () => projection?.isReady() ?? false,
    api: { fetch: app.fetch, close: live.close },
  });
  onStop('http', http.close);
  const url = settings.CONSOLE_URL ?? `http://localhost:${http.port}`;
  log.info({ port: http.port, url, access: access.kind }, 'console started');

  const forgetting = startForgetting(pool, settings.CONSOLE_RETENTION, log);
  onStop('forgetting', forgetting.stop);
  projection = await startProjection({
    pool,
    kafka: createClient(settings.KAFKA_BROKERS, 'console', log),
    topics,
    group,
    onLearned: ({ orderIds }) => live.ring(orderIds),
    onCrash: fail,
    log,
  });
  onStop('projection', projection.stop);
});
