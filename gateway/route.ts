import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { nextSpan, readTraceparent, traceId } from '@quadrille/contracts/trace';
import type { Log } from '@quadrille/process/log';
import { requestSeconds } from '@quadrille/process/measure-requests';
import { HttpError } from '@quadrille/process/problem';
import { systemTokenHeader, systemTokenScheme } from '@quadrille/process/system-token';
import { toldOfAnswer } from '@quadrille/process/tracing/http';
import { end, isRecorded, samplesNew } from '@quadrille/process/tracing/recorder';
import type { Context } from 'hono';
import { type Admission, type Admitted, type Limited, Refused } from './admission.ts';
import type { Caller, CallerOf } from './caller.ts';
import { problems } from './document.ts';
import { answerError } from './problem.ts';
import { ForeignService } from './upstream.ts';

/** What is known of one call, for the order service and the log. */
export type Call = {
  readonly traceparent: string;
  readonly caller: Caller;
  /** From now on it only waits for something to happen, which costs next to nothing: it is no load. */
  readonly startWaiting: () => void;
  orderId?: string;
  /** The answer is held until something happens: how long it takes says nothing about us. */
  isHeld?: boolean;
  /** For the log: an error that the route answers itself, with a page for people. */
  failure?: unknown;
};

type RouteOptions = {
  readonly log: Log;
  /** Whether this is the token of our system. The world sends none; a process of ours that does must be of the same system. */
  readonly isToken: (given: string | undefined) => boolean;
  readonly callerOf: CallerOf;
  readonly admit: Admission;
};

export type Route = {
  /** How the call stands in the OpenAPI document. */
  readonly definition: RouteConfig;
  /** The paths it takes, where the document cannot say it; absent: the path of the definition. */
  readonly pattern?: string;
  /** Absent: `all`. */
  readonly limited?: Limited;
  readonly handle: (c: Context, call: Call) => Response | Promise<Response>;
};

/**
 * The only way to add a route, so that none is missing from the document. The validators of @hono/zod-openapi are left out: they would
 * clone the request and know neither our limits nor our problem details. One handler per path and nothing around it is also the fast
 * way through hono.
 */
export const addRoute = (app: OpenAPIHono, route: Route, options: RouteOptions): void => {
  const { log, isToken, callerOf, admit } = options;
  const { definition, handle, limited = 'all' } = route;
  const path = route.pattern ?? definition.path.replaceAll(/\{(.+?)\}/g, ':$1');
  const usual = definition.method === 'post' ? 'info' : 'debug';
  const refusals = { ...(limited === 'all' && problems.tooMany), ...(limited !== 'none' && problems.unavailable) };
  app.openAPIRegistry.registerPath({ ...definition, responses: { ...refusals, ...definition.responses } });
  app.on(definition.method, path, async (c) => {
    const started = performance.now();
    const givenTrace = c.req.header('traceparent');
    let admitted: Admitted | undefined;
    const call: Call = {
      traceparent: nextSpan(givenTrace, samplesNew),
      caller: callerOf(c),
      startWaiting: () => admitted?.leave(),
    };
    let response: Response;
    try {
      const token = c.req.header(systemTokenHeader);
      if (token !== undefined && !isToken(token))
        throw new HttpError(401, 'This gateway belongs to another system: check GATEWAY_URL and SYSTEM_TOKEN', {
          headers: { 'www-authenticate': systemTokenScheme },
        });
      admitted = await admit(call.caller, limited);
      response = await handle(c, call);
    } catch (error) {
      call.failure = error;
      response = answerError(error, traceId(call.traceparent));
    } finally {
      admitted?.leave();
    }
    for (const [name, value] of Object.entries(admitted?.headers ?? {})) response.headers.set(name, value);
    const { failure } = call;
    const { status } = response;
    const seconds = (performance.now() - started) / 1_000;
    const route = call.isHeld ? `${definition.path} (held)` : definition.path;
    requestSeconds({ method: c.req.method, route, status: String(status) })(seconds, traceId(call.traceparent));
    if (isRecorded(call.traceparent)) recordCall(call, { givenTrace, started, path: c.req.path, definition, status });
    const level = levelOf(status, failure) ?? usual;
    if (!log.isLevelEnabled(level)) return response;
    const ms = Math.round(seconds * 100_000) / 100;
    const line = { orderId: call.orderId, traceId: traceId(call.traceparent), status, ms };
    log[level](status < 500 ? line : { ...line, err: failure }, `${c.req.method} ${definition.path}`);
    return response;
  });
};

/** The call as a span below that of its caller. */
const recordCall = (
  { traceparent, orderId }: Call,
  known: { givenTrace: string | undefined; started: number; path: string; definition: RouteConfig; status: number },
): void => {
  const { givenTrace, started, path, definition, status } = known;
  const from = Date.now() - (performance.now() - started);
  const told = toldOfAnswer({ method: definition.method.toUpperCase(), path, route: definition.path, status });
  const attributes = { ...told.attributes, 'quadrille.order.id': orderId };
  end({ traceparent, parent: readTraceparent(givenTrace), from, links: [] }, { ...told, attributes });
};

/** Calls that are refused are many when they are, and are counted; a line for each would be a load of its own. */
const levelOf = (status: number, failure: unknown): 'error' | 'warn' | undefined => {
  if (failure instanceof Refused) return undefined;
  if (status === 500 || failure instanceof ForeignService) return 'error';
  return status > 500 ? 'warn' : undefined;
};
