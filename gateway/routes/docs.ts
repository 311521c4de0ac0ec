import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { HttpError } from '@quadrille/process/problem';
import { problems } from '../document.ts';
import { dataHeaders } from '../responses.ts';
import type { Route } from '../route.ts';

/** The OpenAPI document, made of the routes at the first call. */
export const documentRoute = (app: OpenAPIHono): Route => {
  let document: string | undefined;
  return {
    needs: 'nothing',
    definition: {
      method: 'get',
      path: '/openapi.json',
      operationId: 'openapi',
      tags: ['documentation'],
      summary: 'This document',
      responses: {
        200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
    handle: () => {
      document ??= JSON.stringify(app.getOpenAPI31Document(about));
      return new Response(document, { headers: dataHeaders });
    },
  };
};

const about = {
  openapi: '3.1.0',
  info: {
    title: 'Quadrille',
    version: '1',
    description: 'Submit orders, follow them, give them up. Every error is RFC 9457 problem details.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags: [{ name: 'orders' }, { name: 'shop' }, { name: 'payments' }, { name: 'operations' }, { name: 'documentation' }],
};

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Quadrille API</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" type="image/png" href="favicon-32x32.png">
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</html>
`;

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });\n`;

const pageHeaders = {
  'cache-control': 'public, max-age=3600',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // Swagger UI draws its icons from data: URLs and sets styles on elements; it talks to this host and no other.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

const require = createRequire(import.meta.url);
const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));
const fromPackage = (name: string) => readFile(join(swaggerUi, name));

const files: Record<string, { type: string; read: () => Promise<string | Uint8Array<ArrayBuffer>> }> = {
  'index.html': { type: 'text/html; charset=utf-8', read: async () => page },
  'start.js': { type: 'text/javascript; charset=utf-8', read: async () => start },
  'swagger-ui.css': { type: 'text/css; charset=utf-8', read: () => fromPackage('swagger-ui.css') },
  'swagger-ui-bundle.js': { type: 'text/javascript; charset=utf-8', read: () => fromPackage('swagger-ui-bundle.js') },
  'favicon-32x32.png': { type: 'image/png', read: () => fromPackage('favicon-32x32.png') },
};

/** Swagger UI, from our own process: it works without the internet, and no other host learns who reads it. */
export const swaggerRoute: Route = {
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/apis/swagger/{file}',
    operationId: 'swagger',
    tags: ['documentation'],
    summary: 'Swagger UI',
    parameters: [{ name: 'file', in: 'path', required: true, schema: { type: 'string', enum: Object.keys(files) } }],
    responses: {
      200: { description: 'A file of Swagger UI; begin with index.html' },
      ...problems.unexpected,
      404: problems.unknown[404],
    },
  },
  handle: async (c) => {
    const name = c.req.param('file') ?? '';
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (!file) throw new HttpError(404, 'There is no such file; begin with /apis/swagger/index.html');
    return new Response(await file.read(), { headers: { ...pageHeaders, 'content-type': file.type } });
  },
};
