import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { nextSpan, traceId } from '@quadrille/contracts/trace';
import { type Caller, type Role, requireRole } from '@quadrille/process/caller';
import type { Log } from '@quadrille/process/log';
import { HttpError } from '@quadrille/process/problem';
import { systemTokenHeader, systemTokenScheme } from '@quadrille/process/system-token';
import type { Context } from 'hono';
import { problemOf } from './document.ts';
import { unauthorized } from './login/issuer.ts';
import type { Login } from './login/login.ts';
import { answerError } from './problem.ts';
import { ForeignService } from './upstream.ts';

/** What is known of one call, for the order service and the log. */
export type Call = {
  readonly traceparent: string;
  orderId?: string;
  /** For the log: an error that the route answers itself, with a page for people. */
  failure?: unknown;
};

/** A call of somebody who may make it. */
export type GuardedCall = Call & { readonly caller: Caller };

type RouteOptions = {
  readonly log: Log;
  readonly login: Login;
  /** Whether this is the token of our system. The world sends none; a process of ours that does must be of the same system. */
  readonly isToken: (given: string | undefined) => boolean;
};

type Answer = Response | Promise<Response>;

type Common = {
  /** How the call stands in the OpenAPI document, but for what every call of its kind can end in. */
  readonly definition: RouteConfig;
  /** The paths it takes, where the document cannot say it; absent: the path of the definition. */
  readonly pattern?: string;
};

/** What is the same for everybody: nobody is asked who they are. */
export type OpenRoute = Common & {
  readonly needs: 'nothing';
  readonly handle: (c: Context, call: Call) => Answer;
};

/** Every other route names the role that it takes; there is no third kind. */
export type GuardedRoute = Common & {
  readonly needs: Role;
  readonly handle: (c: Context, call: GuardedCall) => Answer;
};

export type Route = OpenRoute | GuardedRoute;

const callerVariable = 'caller';

/** Who makes this call; undefined: a call for which nobody is asked. */
export const callerOf = (c: Context): Caller | undefined => c.get(callerVariable) as Caller | undefined;

/**
 * The only way to add a route, so that none is missing from the document, and none goes without a login that needs one. The validators
 * of @hono/zod-openapi are left out: they would clone the request and know neither our limits nor our problem details. One handler per
 * path and nothing around it is also the fast way through hono.
 */
export const addRoute = (app: OpenAPIHono, route: Route, { log, login, isToken }: RouteOptions): void => {
  const definition = documented(route);
  const path = route.pattern ?? definition.path.replaceAll(/\{(.+?)\}/g, ':$1');
  const usual = definition.method === 'post' ? 'info' : 'debug';

  const answer = async (c: Context, call: Call): Promise<Response> => {
    const token = c.req.header(systemTokenHeader);
    if (token !== undefined && !isToken(token))
      throw unauthorized(
        'This gateway belongs to another system: check GATEWAY_URL and SYSTEM_TOKEN',
        systemTokenScheme,
      );
    if (route.needs === 'nothing') return route.handle(c, call);
    const caller = token === undefined ? await identify(c, login) : ourProcess;
    if (caller === null) return askToLogIn(c, login);
    requireRole(caller, route.needs);
    c.set(callerVariable, caller);
    return route.handle(c, Object.assign(call, { caller }));
  };

  app.openAPIRegistry.registerPath(definition);
  app.on(definition.method, path, async (c) => {
    const started = performance.now();
    const call: Call = { traceparent: nextSpan(c.req.header('traceparent')) };
    let response: Response;
    try {
      response = await answer(c, call);
    } catch (error) {
      call.failure = error;
      response = answerError(error, traceId(call.traceparent));
    }
    const { failure } = call;
    const { status } = response;
    const level = status === 500 || failure instanceof ForeignService ? 'error' : status > 500 ? 'warn' : usual;
    if (!log.isLevelEnabled(level)) return response;
    const ms = Math.round((performance.now() - started) * 100) / 100;
    const line = { orderId: call.orderId, traceId: traceId(call.traceparent), status, ms };
    log[level](status < 500 ? line : { ...line, err: failure }, `${c.req.method} ${definition.path}`);
    return response;
  });
};

/** A process of ours acts for operators, who have logged in with it. */
const ourProcess: Caller = { kind: 'operator', id: 'system', userId: null };

/** A browser whose login has ended is asked to log in again, as one that has none. */
const identify = async (c: Context, login: Login): Promise<Caller | null> => {
  try {
    return await login.identify(c);
  } catch (error) {
    if (isPageOfBrowser(c, login) && error instanceof HttpError && error.status === 401) return null;
    throw error;
  }
};

const isPageOfBrowser = (c: Context, { browser }: Login): boolean =>
  browser !== null && c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html');

const askToLogIn = (c: Context, login: Login): Response => {
  if (!login.browser || !isPageOfBrowser(c, login))
    throw unauthorized('Log in first: this call needs a token or an API key as Authorization: Bearer');
  const { pathname, search } = new URL(c.req.url);
  const location = login.browser.loginPath(`${pathname}${search}`);
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
};

/** Where nothing is needed, it says so: the document's readers and tests tell an open call from one that was forgotten. */
const documented = ({ definition, needs }: Route): RouteConfig =>
  needs === 'nothing'
    ? { ...definition, security: [] }
    : {
        ...definition,
        security: [{ login: [] }],
        responses: {
          ...definition.responses,
          401: {
            ...problemOf('Nobody has logged in, or the token is not valid here'),
            headers: { 'WWW-Authenticate': { description: 'Why', schema: { type: 'string' } } },
          },
          403: definition.responses[403] ?? problemOf(`It takes the role ${needs}, or the user is another`),
        },
      };
