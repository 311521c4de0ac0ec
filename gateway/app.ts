import { OpenAPIHono } from '@hono/zod-openapi';
import { clientAddressBehind } from '@quadrille/process/client-address';
import { createLoad } from '@quadrille/process/load';
import type { Log } from '@quadrille/process/log';
import { HttpError } from '@quadrille/process/problem';
import { createTokenCheck } from '@quadrille/process/system-token';
import { type Admission, createAdmission } from './admission.ts';
import { type ClientOf, clientByAddress } from './client.ts';
import { createHeldCalls, type HeldCalls } from './held-calls.ts';
import type { Access } from './login/access.ts';
import { createLogin } from './login/login.ts';
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
import { loginRoutes, sessionRoute } from './routes/login.ts';
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
  readonly access: Access;
  readonly log: Log;
  readonly held?: HeldCalls;
  /** Unless named: nobody is trusted to say from where a call comes, and every call is taken. */
  readonly clientOf?: ClientOf;
  readonly admit?: Admission;
};

const nobodyTrusted = clientByAddress(clientAddressBehind([]));
const withoutRates = createRateLimits({ address: undefined, user: undefined, key: undefined });

export const buildApp = ({
  orders,
  upstreams,
  joined = {},
  publicUrl,
  systemToken,
  access,
  log,
  held = createHeldCalls(),
  clientOf = nobodyTrusted,
  admit = createAdmission({ rates: withoutRates, load: createLoad({}), log }),
}: GatewayParts): OpenAPIHono => {
  const app = new OpenAPIHono();
  const login = createLogin(access, publicUrl);
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
    sessionRoute(login),
    ...(login.browser ? loginRoutes(login.browser, publicUrl) : []),
    healthRoute,
    readyRoute(orders),
    documentRoute(app),
    swaggerRoute,
    shopRoute,
    shopAssetRoute,
  ];
  app.openAPIRegistry.registerComponent('securitySchemes', 'login', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token (JWT) of the OpenID provider that this gateway trusts, or an API key. Where login is off, nothing is needed, and `userId` says who orders',
  });
  const isToken = createTokenCheck(systemToken);
  for (const route of routes) addRoute(app, route, { log, login, isToken, clientOf, admit });

  app.notFound((c) => {
    const allowed = methods.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    if (allowed.length === 0) return answerError(new HttpError(404, 'There is nothing at this path'));
    const allow = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    return answerError(new HttpError(405, `This path knows ${allow}`, { headers: { allow } }));
  });
  return app;
};

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
