import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { nextSpan, traceId } from '@quadrille/contracts/trace';
import { type Caller, type Role, requireRole } from '@quadrille/process/caller';
import type { Log } from '@quadrille/process/log';
import { requestSeconds } from '@quadrille/process/measure-requests';
import { systemTokenHeader, systemTokenScheme } from '@quadrille/process/system-token';
import { isRecorded, samplesNew } from '@quadrille/process/tracing/recorder';
import type { Context } from 'hono';
import { type Admission, type Admitted, type Limited, Refused } from './admission.ts';
import { type Client, type ClientOf, clientByLogin } from './client.ts';
import { documented } from './documented.ts';
import { askToLogIn, identify, ourProcess } from './identify.ts';
import { unauthorized } from './login/issuer.ts';
import type { Login } from './login/login.ts';
import { answerError } from './problem.ts';
import { recordCall } from './record-call.ts';
import { ForeignService } from './upstream.ts';

/** What is known of one call, for the order service and the log. */
export type Call = {
  readonly traceparent: string;
  readonly client: Client;
  /** From now on it only waits for something to happen, which costs next to nothing: it is no load. */
  readonly startWaiting: () => void;
  orderId?: string;
  /** The answer is held until something happens: how long it takes says nothing about us. */
  isHeld?: boolean;
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
  readonly clientOf: ClientOf;
  readonly admit: Admission;
};

type Answer = Response | Promise<Response>;

type Common = {
  /** How the call stands in the OpenAPI document, but for what every call of its kind can end in. */
  readonly definition: RouteConfig;
  /** The paths it takes, where the document cannot say it; absent: the path of the definition. */
  readonly pattern?: string;
  /** Absent: `all`. */
  readonly limited?: Limited;
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

/**
 * The only way to add a route, so that none is missing from the document, and none goes without a login that needs one. The validators
 * of @hono/zod-openapi are left out: they would clone the request and know neither our limits nor our problem details. One handler per
 * path and nothing around it is also the fast way through hono.
 */
export const addRoute = (app: OpenAPIHono, route: Route, options: RouteOptions): void => {
  const { log, login, isToken, clientOf, admit } = options;
  const definition = documented(route);
  const path = route.pattern ?? definition.path.replaceAll(/\{(.+?)\}/g, ':$1');
  const usual = definition.method === 'post' ? 'info' : 'debug';

  /** An address is counted before anybody checks a login, which costs more; a user and a key once they are known. */
  const answer = async (c: Context, call: Call, count: Admitted['count']): Promise<Response> => {
    if (route.needs === 'nothing') return route.handle(c, call);
    const isOurs = c.req.header(systemTokenHeader) !== undefined;
    const caller = isOurs ? ourProcess : await identify(c, login);
    if (caller === null) return askToLogIn(c, login);
    await count(clientByLogin(caller));
    requireRole(caller, route.needs);
    return route.handle(c, Object.assign(call, { caller }));
  };

  app.openAPIRegistry.registerPath(definition);
  app.on(definition.method, path, async (c) => {
    const started = performance.now();
    const givenTrace = c.req.header('traceparent');
    let admitted: Admitted | undefined;
    const call: Call = {
      traceparent: nextSpan(givenTrace, samplesNew),
      client: clientOf(c),
      startWaiting: () => admitted?.leave(),
    };
    let response: Response;
    try {
      const token = c.req.header(systemTokenHeader);
      if (token !== undefined && !isToken(token))
        throw unauthorized(
          'This gateway belongs to another system: check GATEWAY_URL and SYSTEM_TOKEN',
          systemTokenScheme,
        );
      admitted = await admit(call.client, route.limited ?? 'all');
      response = await answer(c, call, admitted.count);
    } catch (error) {
      call.failure = error;
      response = answerError(error, traceId(call.traceparent));
    } finally {
      admitted?.leave();
    }
    for (const [name, value] of Object.entries(admitted?.headers() ?? {}))
      if (!response.headers.has(name)) response.headers.set(name, value);
    const { failure } = call;
    const { status } = response;
    const seconds = (performance.now() - started) / 1_000;
    const measuredAs = call.isHeld ? `${definition.path} (held)` : definition.path;
    requestSeconds({ method: c.req.method, route: measuredAs, status: String(status) })(
      seconds,
      traceId(call.traceparent),
    );
    if (isRecorded(call.traceparent)) recordCall(call, { givenTrace, started, path: c.req.path, definition, status });
    const level = levelOf(status, failure) ?? usual;
    if (!log.isLevelEnabled(level)) return response;
    const ms = Math.round(seconds * 100_000) / 100;
    const line = { orderId: call.orderId, traceId: traceId(call.traceparent), status, ms };
    log[level](status < 500 ? line : { ...line, err: failure }, `${c.req.method} ${definition.path}`);
    return response;
  });
};

/** Calls that are refused are many when they are, and are counted; a line for each would be a load of its own. */
const levelOf = (status: number, failure: unknown): 'error' | 'warn' | undefined => {
  if (failure instanceof Refused) return undefined;
  if (status === 500 || failure instanceof ForeignService) return 'error';
  return status > 500 ? 'warn' : undefined;
};
