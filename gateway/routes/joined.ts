import { z } from '@hono/zod-openapi';
import { problems } from '../document.ts';
import { forward } from '../forward.ts';
import type { Route } from '../route.ts';
import type { Upstream } from '../upstream.ts';

/** The calls that a service which has joined answers itself, under `/api/v1/<name>/`: it knows what they mean, and says so. */
export const joinedRoutes = (name: string, upstream: Upstream): readonly Route[] =>
  (['get', 'post'] as const).map((method) => ({
    definition: {
      method,
      path: `/api/v1/${name}/{path}`,
      operationId: `${name}${method === 'get' ? 'Read' : 'Act'}`,
      tags: [name],
      summary: `What the service ${name} answers`,
      request: { params: z.object({ path: z.string().meta({ description: 'May have slashes' }) }) },
      responses: {
        default: { description: `As the service ${name} says` },
        ...problems.unexpected,
        ...problems.unavailable,
      },
    },
    pattern: `/api/v1/${name}/:path{.+}`,
    handle: (c, call) => {
      const { pathname, search } = new URL(c.req.url);
      return forward(c, call, upstream, `${pathname}${search}`);
    },
  }));
