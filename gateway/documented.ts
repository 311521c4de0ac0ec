import type { RouteConfig } from '@hono/zod-openapi';
import type { Role } from '@quadrille/process/caller';
import type { Limited } from './admission.ts';
import { problemOf, problems } from './document.ts';

/**
 * A route as it stands in the document, with what every call of its kind can end in. Where nothing is needed, it says so: the document's
 * readers and tests tell an open call from one that was forgotten.
 */
export const documented = (route: {
  readonly definition: RouteConfig;
  readonly needs: Role | 'nothing';
  readonly limited?: Limited;
}): RouteConfig => {
  const { definition, needs, limited = 'all' } = route;
  const refusals = { ...(limited === 'all' && problems.tooMany), ...(limited !== 'none' && problems.unavailable) };
  const responses = { ...refusals, ...definition.responses };
  if (needs === 'nothing') return { ...definition, responses, security: [] };
  return {
    ...definition,
    security: [{ login: [] }],
    responses: {
      ...responses,
      401: {
        ...problemOf('Nobody has logged in, or the token is not valid here'),
        headers: { 'WWW-Authenticate': { description: 'Why', schema: { type: 'string' } } },
      },
      403: definition.responses[403] ?? problemOf(`It takes the role ${needs}, or the user is another`),
    },
  };
};
