import type { RouteConfig } from '@hono/zod-openapi';
import { readTraceparent } from '@quadrille/contracts/trace';
import { toldOfAnswer } from '@quadrille/process/tracing/http';
import { end } from '@quadrille/process/tracing/recorder';

/** A call of the gateway as a span below that of its caller. */
export const recordCall = (
  { traceparent, orderId }: { readonly traceparent: string; orderId?: string },
  known: { givenTrace: string | undefined; started: number; path: string; definition: RouteConfig; status: number },
): void => {
  const { givenTrace, started, path, definition, status } = known;
  const from = Date.now() - (performance.now() - started);
  const told = toldOfAnswer({ method: definition.method.toUpperCase(), path, route: definition.path, status });
  const attributes = { ...told.attributes, 'quadrille.order.id': orderId };
  end({ traceparent, parent: readTraceparent(givenTrace), from, links: [] }, { ...told, attributes });
};
