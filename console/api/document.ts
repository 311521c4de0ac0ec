import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { problem } from '@quadrille/contracts/orders-http';
import { json } from '../web/answers.ts';
import type { Documented, OpenRoute, Route } from '../web/route.ts';

const problems = {
  400: 'Something in the request is wrong; `errors` names it',
  401: 'Log in first',
  403: 'This takes another role, or the token of the session',
  404: 'There is no such thing',
  413: 'The body is too large',
  415: 'The body is not JSON',
  421: 'A console that is open to its own machine was asked for by another name',
  500: 'A fault of the console; its log says which',
  503: 'A database, Kafka or the gateway does not answer, or there is too much to do: try again after `Retry-After`',
};

/** What a call can end in besides what it is for; it follows from what the route takes. */
const problemsOf = ({ method, path, needs, document }: Route): (keyof typeof problems)[] => [
  ...(method === 'post' || document?.request ? [400 as const] : []),
  ...(needs === 'reader' || needs === 'operator' ? [401 as const] : []),
  ...(method === 'post' || needs === 'operator' ? [403 as const] : []),
  ...(path.includes('{') ? [404 as const] : []),
  ...(method === 'post' ? ([413, 415] as const) : []),
  ...([421, 500, 503] as const),
];

/** How a call stands in the document, with all that it can end in. */
export const describeRoute = (route: Route, { refusals = {}, ...document }: Documented): RouteConfig => {
  const all = { ...Object.fromEntries(problemsOf(route).map((status) => [status, problems[status]])), ...refusals };
  const answers = Object.entries(all).map(([status, description]) => [
    status,
    { description, content: { 'application/problem+json': { schema: problem } } },
  ]);
  return {
    ...document,
    method: route.method,
    path: route.path,
    responses: { ...document.responses, ...Object.fromEntries(answers) },
  };
};

/** How a call stands in the document. @param more further parameters or a body, and refusals of its own, by status */
export const describe = (
  operationId: string,
  summary: string,
  schema: z.ZodType,
  more: Pick<Documented, 'request' | 'description' | 'refusals'> = {},
): Documented => ({
  operationId,
  summary,
  ...more,
  responses: { 200: { description: 'Done', content: { 'application/json': { schema } } } },
});

const token = z.string().max(64).meta({ description: 'From `GET /api/v1/session`' });

/** @param schema also what reads the body, so that the document cannot differ */
export const bodyOf = (schema: z.ZodType): NonNullable<RouteConfig['request']> => ({
  headers: z.object({ 'x-csrf-token': token }),
  body: { content: { 'application/json': { schema } }, required: true },
});

const about = {
  openapi: '3.1.0',
  info: {
    title: 'Quadrille console',
    version: '1',
    description:
      'What the console shows and does. Log in by `POST /api/v1/session`; the cookie is the session, and every POST carries its token as ' +
      '`x-csrf-token`. Readers see no personal data and cannot act. Another method than those of a path is answered with 405 and `Allow`.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
};

export const documentRoute = (app: () => OpenAPIHono): OpenRoute => ({
  method: 'get',
  path: '/openapi.json',
  needs: 'nothing',
  handle: () => json(app().getOpenAPI31Document(about)),
});
