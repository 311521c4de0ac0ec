import { z } from '@hono/zod-openapi';
import { problems } from '../document.ts';
import { forward } from '../forward.ts';
import type { Call, Route } from '../route.ts';
import type { Upstream } from '../upstream.ts';

/**
 * The calls that a service which has joined answers itself, under `/api/v1/<name>/`: it knows what they mean, and says so. Those under
 * `/api/v1/<name>/public/` are for everybody. All others take a login, and tell the service who calls (`readCaller`); it says itself
 * which of them take another role than that of a customer (`requireRole`).
 */
export const joinedRoutes = (name: string, upstream: Upstream): readonly Route[] =>
  (['get', 'post'] as const).flatMap((method): Route[] => {
    const documented = (folder: string, suffix: string, summary: string) => ({
      definition: {
        method,
        path: `/api/v1/${name}/${folder}{path}`,
        operationId: `${name}${method === 'get' ? 'Read' : 'Act'}${suffix}`,
        tags: [name],
        summary,
        request: { params: z.object({ path: z.string().meta({ description: 'May have slashes' }) }) },
        responses: {
          default: { description: `As the service ${name} says` },
          ...problems.unexpected,
          ...problems.unavailable,
        },
      },
      pattern: `/api/v1/${name}/${folder}:path{.+}`,
    });
    const handle = (c: Parameters<typeof forward>[0], call: Call) => {
      const { pathname, search } = new URL(c.req.url);
      return forward(c, call, upstream, `${pathname}${search}`);
    };
    return [
      { needs: 'nothing', ...documented('public/', 'Public', `What the service ${name} answers to everybody`), handle },
      { needs: 'customer', ...documented('', '', `What the service ${name} answers`), handle },
    ];
  });
