import { z } from '@hono/zod-openapi';
import { describe } from './api/document.ts';
import type { GuardedRoute } from './web/route.ts';

/** Paths that calls and pages had before this release, and by which they are answered for one more. */
const former: readonly {
  readonly path: string;
  readonly now: string;
  /** What a field of the answer was called. */
  readonly field?: readonly [now: string, former: string];
}[] = [
  { path: '/api/v1/strays', now: '/api/v1/unrecognized', field: ['unrecognized', 'strays'] },
  { path: '/api/v1/acts', now: '/api/v1/operations', field: ['operations', 'acts'] },
  { path: '/api/v1/acts/{id}/stop', now: '/api/v1/operations/{id}/stop' },
  { path: '/api/v1/parked/release', now: '/api/v1/parked/retry' },
  { path: '/strays', now: '/unrecognized' },
  { path: '/acts', now: '/audit-log' },
];

/** The routes, and those among them that had another path before, under that. */
export const withFormer = (routes: readonly GuardedRoute[]): GuardedRoute[] => [
  ...routes,
  ...former.flatMap(({ path, now, field }) => {
    const found = routes.find((route) => route.path === now);
    if (!found) throw new Error(`no route ${now}`);
    const { document, handle, ...rest } = found;
    return {
      ...rest,
      path,
      ...(document && {
        document: {
          ...document,
          ...(field && describe('', '', z.object({ [field[1]]: z.array(z.looseObject({})) }))),
          ...{ operationId: `${document.operationId}Former`, deprecated: true, summary: `Now ${now}` },
        },
      }),
      handle: async (...asked: Parameters<GuardedRoute['handle']>): Promise<Response> => {
        const answer = await handle(...asked);
        if (!field || !answer.ok) return answer;
        const { [field[0]]: value, ...others } = (await answer.json()) as Record<string, unknown>;
        return Response.json({ ...others, [field[1]]: value }, { headers: answer.headers });
      },
    };
  }),
];
