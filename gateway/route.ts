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
  const level = definition.method === 'post' ? 'info' : 'debug';
  app.openAPIRegistry.registerPath(definition);
  app.on(definition.method, path, async (c) => {
    const started = performance.now();
    const call: Call = { traceparent: nextSpan(c.req.header('traceparent')) };
    let response: Response;
    try {
      response = await handle(c, call);
    } catch (error) {
      const trace = traceId(call.traceparent);
      response = answerError(error, trace);
      if (response.status === 500) log.error({ err: error, orderId: call.orderId, traceId: trace }, 'call failed');
    }
    if (log.isLevelEnabled(level)) {
      const ms = Math.round((performance.now() - started) * 100) / 100;
      const line = { orderId: call.orderId, traceId: traceId(call.traceparent), status: response.status, ms };
      log[level](line, `${c.req.method} ${definition.path}`);
    }
    return response;
  });
};
