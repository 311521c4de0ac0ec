import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { readTraceparent, traceId } from '@quadrille/contracts/trace';
import { histogram, measure } from './metrics.ts';

/** The time to answer a request, by its route: a path with its variable parts left out. A call that is held on purpose is a route of its own. */
export const requestSeconds = histogram({
  name: 'quadrille_http_request_seconds',
  help: 'From the request to the end of its answer, or, for a stream, to its beginning',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** Routes beyond these are counted as one: a caller that invents paths must not fill the memory. */
const mostRoutes = 50;
const routes = new Set<string>();

/** Measures a request whose routes nobody has named: parts with a digit, such as ids, are taken for variable ones. */
export const measureRequests = (request: IncomingMessage, response: ServerResponse): void => {
  const began = performance.now();
  response.once('finish', () => {
    const { method = '', url = '', headers } = request;
    const observe = requestSeconds({ method, route: routeOf(url), status: String(response.statusCode) });
    const caller = readTraceparent(String(headers.traceparent));
    observe((performance.now() - began) / 1_000, caller === null ? undefined : traceId(caller));
  });
};

const routeOf = (url: string): string => {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  const route = path.replace(/[^/]*\d[^/]*/g, '{}');
  if (route.length > 100 || (routes.size >= mostRoutes && !routes.has(route))) return 'other';
  routes.add(route);
  return route;
};

const servers = new Set<Server>();
measure(
  { name: 'quadrille_http_connections', help: 'Open connections to the HTTP servers of the process' },
  async () => {
    const count = (server: Server) =>
      new Promise<number>((resolve) => server.getConnections((error, connections) => resolve(error ? 0 : connections)));
    const counts = await Promise.all([...servers].map(count));
    return [[{}, counts.reduce((sum, each) => sum + each, 0)]];
  },
);

/** Counts its connections among those of the process, until it is closed. */
export const countConnections = (server: Server): void => {
  servers.add(server);
  server.once('close', () => servers.delete(server));
};
