import { OpenAPIHono } from '@hono/zod-openapi';
import { clientAddressBehind } from '@quadrille/process/client-address';
import { createLoad } from '@quadrille/process/load';
import type { Log } from '@quadrille/process/log';
import { HttpError } from '@quadrille/process/problem';
import { createTokenCheck } from '@quadrille/process/system-token';
import { type Admission, createAdmission } from './admission.ts';
import { type CallerOf, callerByAddress } from './caller.ts';
import { createHeldCalls, type HeldCalls } from './held-calls.ts';
import type { OrdersClient } from './orders-client.ts';
import { answerError } from './problem.ts';
import { createRateLimits } from './rate-limits.ts';
import { addRoute } from './route.ts';
import { cancelRoute } from './routes/cancel.ts';
import { couponsRoute } from './routes/coupons.ts';
import { documentRoute, swaggerRoute } from './routes/docs.ts';
import { eventsRoute } from './routes/events.ts';
import { healthRoute, readyRoute } from './routes/health.ts';
import { joinedRoutes } from './routes/joined.ts';
import { listRoute } from './routes/list.ts';
import { paymentPageRoute, payRoute, webhookRoute } from './routes/pay.ts';
import { productRoute, productsRoute } from './routes/products.ts';
import { readRoute } from './routes/read.ts';
import { shopAssetRoute, shopRoute } from './routes/shop.ts';
import { articleSubmitRoute, submitRoute } from './routes/submit.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

export type GatewayParts = {
  readonly orders: OrdersClient;
  readonly upstreams: Upstreams;
  /** Services that have joined, with HTTP APIs of their own; none, unless named. */
  readonly joined?: Readonly<Record<string, Upstream>>;
  /** How the world reaches us, without a slash at the end; payment links begin with it. */
  readonly publicUrl: string;
  readonly systemToken: string;
  readonly log: Log;
  readonly held?: HeldCalls;
  /** Unless named: nobody is trusted to say who calls, and every call is taken. */
  readonly callerOf?: CallerOf;
  readonly admit?: Admission;
};

const nobodyTrusted = callerByAddress(clientAddressBehind([]));
const withoutRates = createRateLimits({ address: undefined, user: undefined, key: undefined });

export const buildApp = ({
  orders,
  upstreams,
  joined = {},
  publicUrl,
  systemToken,
  log,
  held = createHeldCalls(),
  callerOf = nobodyTrusted,
  admit = createAdmission({ rates: withoutRates, load: createLoad({}), log }),
}: GatewayParts): OpenAPIHono => {
  const app = new OpenAPIHono();
  const routes = [
    submitRoute(orders),
    readRoute(orders, held, publicUrl),
    eventsRoute(orders, held, publicUrl),
    listRoute(orders, publicUrl),
    cancelRoute(orders, publicUrl),
    articleSubmitRoute(orders),
    productsRoute(upstreams),
    productRoute(upstreams),
    couponsRoute(upstreams),
    paymentPageRoute(upstreams),
    payRoute(upstreams, publicUrl),
    webhookRoute(upstreams),
    ...Object.entries(joined).flatMap(([name, upstream]) => joinedRoutes(name, upstream)),
    healthRoute,
    readyRoute(orders),
    documentRoute(app),
    swaggerRoute,
    shopRoute,
    shopAssetRoute,
  ];
  const isToken = createTokenCheck(systemToken);
  for (const route of routes) addRoute(app, route, { log, isToken, callerOf, admit });

  app.notFound((c) => {
    const allowed = methods.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    if (allowed.length === 0) return answerError(new HttpError(404, 'There is nothing at this path'));
    const allow = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    return answerError(new HttpError(405, `This path knows ${allow}`, { headers: { allow } }));
  });
  return app;
};

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
