import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { nextSpan, readTraceparent, traceId } from '@quadrille/contracts/trace';
import type { Log } from '@quadrille/process/log';
import { requestSeconds } from '@quadrille/process/measure-requests';
import { HttpError } from '@quadrille/process/problem';
import { systemTokenHeader, systemTokenScheme } from '@quadrille/process/system-token';
import { toldOfAnswer } from '@quadrille/process/tracing/http';
import { end, isRecorded, samplesNew } from '@quadrille/process/tracing/recorder';
import type { Context } from 'hono';
import { answerError } from './problem.ts';
import { ForeignService } from './upstream.ts';

/** What is known of one call, for the order service and the log. */
export type Call = {
  readonly traceparent: string;
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
};

export type Route = {
  /** How the call stands in the OpenAPI document. */
  readonly definition: RouteConfig;
  /** The paths it takes, where the document cannot say it; absent: the path of the definition. */
  readonly pattern?: string;
  readonly handle: (c: Context, call: Call) => Response | Promise<Response>;
};

/**
 * The only way to add a route, so that none is missing from the document. The validators of @hono/zod-openapi are left out: they would
 * clone the request and know neither our limits nor our problem details. One handler per path and nothing around it is also the fast
 * way through hono.
 */
export const addRoute = (app: OpenAPIHono, { definition, pattern, handle }: Route, options: RouteOptions): void => {
  const { log, isToken } = options;
  const path = pattern ?? definition.path.replaceAll(/\{(.+?)\}/g, ':$1');
  const usual = definition.method === 'post' ? 'info' : 'debug';
  app.openAPIRegistry.registerPath(definition);
  app.on(definition.method, path, async (c) => {
    const started = performance.now();
    const caller = c.req.header('traceparent');
    const call: Call = { traceparent: nextSpan(caller, samplesNew) };
    let response: Response;
    try {
      const token = c.req.header(systemTokenHeader);
      if (token !== undefined && !isToken(token))
        throw new HttpError(401, 'This gateway belongs to another system: check GATEWAY_URL and SYSTEM_TOKEN', {
          headers: { 'www-authenticate': systemTokenScheme },
        });
      response = await handle(c, call);
    } catch (error) {
      call.failure = error;
      response = answerError(error, traceId(call.traceparent));
    }
    const { failure } = call;
    const { status } = response;
    const seconds = (performance.now() - started) / 1_000;
    const route = call.isHeld ? `${definition.path} (held)` : definition.path;
    requestSeconds({ method: c.req.method, route, status: String(status) })(seconds, traceId(call.traceparent));
    if (isRecorded(call.traceparent)) recordCall(call, { caller, started, path: c.req.path, definition, status });
    const level = status === 500 || failure instanceof ForeignService ? 'error' : status > 500 ? 'warn' : usual;
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
  known: { caller: string | undefined; started: number; path: string; definition: RouteConfig; status: number },
): void => {
  const { caller, started, path, definition, status } = known;
  const from = Date.now() - (performance.now() - started);
  const told = toldOfAnswer({ method: definition.method.toUpperCase(), path, route: definition.path, status });
  const attributes = { ...told.attributes, 'quadrille.order.id': orderId };
  end({ traceparent, parent: readTraceparent(caller), from, links: [] }, { ...told, attributes });
};
