import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { nextSpan, traceId } from '@quadrille/contracts/trace';
import type { Log } from '@quadrille/process/log';
import type { Context } from 'hono';
import { answerError } from './problem.ts';

/** What is known of one call, for the order service and the log. */
export type Call = { readonly traceparent: string; orderId?: string };

export type Route = {
  /** How the call stands in the OpenAPI document. */
  readonly definition: RouteConfig;
  readonly handle: (c: Context, call: Call) => Response | Promise<Response>;
};

/**
 * The only way to add a route, so that none is missing from the document. The validators of @hono/zod-openapi are left out: they would
 * clone the request and know neither our limits nor our problem details. One handler per path and nothing around it is also the fast
 * way through hono.
 */
export const addRoute = (app: OpenAPIHono, { definition, handle }: Route, log: Log): void => {
  const path = definition.path.replaceAll(/\{(.+?)\}/g, ':$1');
  const usual = definition.method === 'post' ? 'info' : 'debug';
  app.openAPIRegistry.registerPath(definition);
  app.on(definition.method, path, async (c) => {
    const started = performance.now();
    const call: Call = { traceparent: nextSpan(c.req.header('traceparent')) };
    let response: Response;
    let failure: unknown;
    try {
      response = await handle(c, call);
    } catch (error) {
      failure = error;
      response = answerError(error, traceId(call.traceparent));
    }
    const { status } = response;
    const level = status === 500 ? 'error' : status > 500 ? 'warn' : usual;
    if (!log.isLevelEnabled(level)) return response;
    const ms = Math.round((performance.now() - started) * 100) / 100;
    const line = { orderId: call.orderId, traceId: traceId(call.traceparent), status, ms };
    log[level](status < 500 ? line : { ...line, err: failure }, `${c.req.method} ${definition.path}`);
    return response;
  });
};
