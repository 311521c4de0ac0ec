import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Pool } from '@quadrille/db/connect';
import type { Cluster } from '@quadrille/ops/cluster';
import type { ClientAddress } from '@quadrille/process/client-address';
import type { Log } from '@quadrille/process/log';
import { documentRoute } from './api/document.ts';
import { operationRoutes } from './api/operations.ts';
import { orderRoutes } from './api/orders.ts';
import { withFormer } from './former.ts';
import type { Operations } from './operations.ts';
import { assetRoute } from './pages/assets.ts';
import { auditLogPage, stopRoute } from './pages/audit-log.ts';
import { flowPage } from './pages/flow.ts';
import { loginRoutes } from './pages/login.ts';
import { orderPage } from './pages/order.ts';
import { ordersPage } from './pages/orders.ts';
import { parkedRoutes } from './pages/parked.ts';
import { createRates, ratesPage } from './pages/rates.ts';
import { replayRoutes } from './pages/replay.ts';
import { asyncApiRoute, scorePage } from './pages/score.ts';
import { unrecognizedPage } from './pages/unrecognized.ts';
import { createFlow } from './read/flow.ts';
import { createScore } from './read/score.ts';
import type { Access } from './web/access.ts';
import { goTo } from './web/answers.ts';
import { buildApp } from './web/app.ts';
import type { Live } from './web/live.ts';
import type { Route } from './web/route.ts';
import { showWith } from './web/show.ts';
import { createSources } from './web/source.ts';

export type ConsoleParts = {
  /** What pages read from; neither does without an answer for long, so their connections may be closed at any time. */
  readonly pool: Pool;
  readonly cluster: Cluster;
  readonly operations: Operations;
  readonly access: Access;
  readonly live: Live;
  readonly clientAddress: ClientAddress;
  readonly topics: readonly string[];
  /** The consumer group that feeds the read model. */
  readonly group: string;
  /** Why the read model stands still. */
  readonly trouble: () => string | null;
  readonly log: Log;
};

/** All that the console answers. */
export const routesOf = (
  { pool, cluster, operations, access, live, clientAddress, topics, group, trouble, log }: ConsoleParts,
  app: () => OpenAPIHono,
): Route[] => {
  const show = showWith(live, access.sessions);
  const sources = createSources();
  const readFlow = createFlow({ cluster, sources, topics, group, trouble });
  const ratesOf = createRates(pool, sources);
  const readScore = createScore(pool, sources);
  return [
    { method: 'get', path: '/', needs: 'nothing', handle: () => goTo('/orders') },
    assetRoute(),
    documentRoute(app),
    asyncApiRoute(),
    ...loginRoutes(access, clientAddress, log),
    ...withFormer([
      ordersPage(pool, sources, show),
      orderPage({ pool, cluster, sources }, show),
      ...parkedRoutes({ cluster, operations, sources }, show),
      ...replayRoutes(operations),
      flowPage(readFlow, show),
      scorePage(readScore, sources, show),
      ratesPage(ratesOf, show),
      unrecognizedPage(pool, sources, show),
      auditLogPage(cluster, sources, show),
      stopRoute(operations),
      ...orderRoutes({ pool, cluster, sources }, operations),
      ...operationRoutes({ pool, cluster, operations, sources, readFlow, ratesOf, readScore }),
    ]),
  ];
};

export const buildConsole = (parts: ConsoleParts): OpenAPIHono => {
  const app: OpenAPIHono = buildApp({ routes: routesOf(parts, () => app), access: parts.access, log: parts.log });
  return app;
};
