import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { problem } from '@quadrille/contracts/orders-http';
import { json } from '../web/answers.ts';
import type { OpenRoute } from '../web/route.ts';

const problemOf = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});

/** The problems any call can end in. */
const problems: RouteConfig['responses'] = {
  400: problemOf('Something in the request is wrong; `errors` names it'),
  401: problemOf('Log in first'),
  403: problemOf('This takes another role, or the token of the session'),
  404: problemOf('There is no such thing'),
  503: problemOf('A database or Kafka is away'),
};

/** How a call stands in the document. @param more further parameters or a body */
export const describe = (
  operationId: string,
  summary: string,
  schema: z.ZodType,
  more: Pick<RouteConfig, 'request' | 'description'> = {},
): Omit<RouteConfig, 'method' | 'path'> => ({
  operationId,
  summary,
  ...more,
  responses: { 200: { description: 'Done', content: { 'application/json': { schema } } }, ...problems },
});

/** @param schema also what reads the body, so that the document cannot differ */
export const bodyOf = (schema: z.ZodType): NonNullable<RouteConfig['request']> => ({
  headers: z.object({ 'x-csrf-token': z.string().meta({ description: 'From `GET /api/v1/session`' }) }),
  body: { content: { 'application/json': { schema } } },
});

const about = {
  openapi: '3.1.0',
  info: {
    title: 'Quadrille console',
    version: '1',
    description:
      'What the console shows and does. Log in by `POST /api/v1/session`; the cookie is the session, and every POST carries its token as ' +
      '`x-csrf-token`. Readers see no personal data and cannot act.',
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
