import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Pool } from '@quadrille/db/connect';
import type { Site } from '@quadrille/ops/site';
import type { ClientAddress } from '@quadrille/process/client-address';
import type { Log } from '@quadrille/process/log';
import type { Acts } from './acts.ts';
import { documentRoute } from './api/document.ts';
import { operationRoutes } from './api/operations.ts';
import { orderRoutes } from './api/orders.ts';
import { assetRoute } from './pages/assets.ts';
import { createFlow, flowPage } from './pages/flow.ts';
import { ledgerPage } from './pages/ledger.ts';
import { loginRoutes } from './pages/login.ts';
import { orderPage } from './pages/order.ts';
import { ordersPage } from './pages/orders.ts';
import { parkedRoutes } from './pages/parked.ts';
import { createRates, ratesPage } from './pages/rates.ts';
import { replayRoutes } from './pages/replay.ts';
import { straysPage } from './pages/strays.ts';
import type { Access } from './web/access.ts';
import { goTo } from './web/answers.ts';
import { buildApp } from './web/app.ts';
import type { Live } from './web/live.ts';
import type { Route } from './web/route.ts';
import { showWith } from './web/show.ts';

export type ConsoleParts = {
  readonly pool: Pool;
  readonly site: Site;
  readonly acts: Acts;
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
  { pool, site, acts, access, live, clientAddress, topics, group, trouble, log }: ConsoleParts,
  app: () => OpenAPIHono,
): Route[] => {
  const show = showWith(live, access.sessions);
  const readFlow = createFlow({ site, topics, group, trouble });
  const ratesOf = createRates(pool);
  return [
    { method: 'get', path: '/', needs: 'nothing', handle: () => goTo('/orders') },
    assetRoute(),
    documentRoute(app),
    ...loginRoutes(access, clientAddress, log),
    ordersPage(pool, show),
    orderPage({ pool, site }, show),
    ...parkedRoutes({ site, acts }, show),
    ...replayRoutes(acts),
    flowPage(readFlow, show),
    ratesPage(ratesOf, show),
    straysPage(pool, show),
    ledgerPage(site, show),
    ...orderRoutes({ pool, site }, acts),
    ...operationRoutes({ pool, site, acts, readFlow, ratesOf }),
  ];
};

export const buildConsole = (parts: ConsoleParts): OpenAPIHono => {
  const app: OpenAPIHono = buildApp({ routes: routesOf(parts, () => app), access: parts.access, log: parts.log });
  return app;
};
