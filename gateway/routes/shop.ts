import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { look } from '@quadrille/process/look';
import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';
import { problems } from '../document.ts';
import type { Route } from '../route.ts';
import { answerTagged, taggedHeadersDocument } from '../tagged.ts';

const folder = new URL('../shop/', import.meta.url);

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const page = 'index.html';
const own = readdirSync(folder).filter((name) => Object.hasOwn(types, extname(name)) && name !== page);
const assets = ['look.css', ...own];

const pageHeaders = {
  'cache-control': 'no-cache',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
};

const serve = async (c: Context, name: string): Promise<Response> =>
  answerTagged(c, await readFile(name === 'look.css' ? look : new URL(name, folder)), {
    ...pageHeaders,
    'content-type': types[extname(name)] ?? 'application/octet-stream',
  });

const responses = {
  200: { description: 'The file', headers: taggedHeadersDocument },
  304: { description: 'The file is still what the client has', headers: taggedHeadersDocument },
  ...problems.unexpected,
};

/** A small shop that uses the API: for trying it all out, and for seeing how a client goes about it. */
export const shopRoute: Route = {
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/',
    operationId: 'shop',
    tags: ['documentation'],
    summary: 'The shop front',
    responses,
  },
  handle: (c) => serve(c, page),
};

export const shopAssetRoute: Route = {
  needs: 'nothing',
  definition: {
    method: 'get',
    path: '/shop/{file}',
    operationId: 'shopAsset',
    tags: ['documentation'],
    summary: 'What the shop front is made of',
    parameters: [{ name: 'file', in: 'path', required: true, schema: { type: 'string', enum: assets } }],
    responses: { ...responses, 404: problems.unknown[404] },
  },
  handle: (c) => {
    const name = c.req.param('file') ?? '';
    if (!assets.includes(name)) throw new HttpError(404, 'There is no such file; begin with /');
    return serve(c, name);
  },
};
