import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HttpError } from '@quadrille/process/problem';
import { sheets } from '../web/layout.ts';
import type { OpenRoute } from '../web/route.ts';

const types = {
  ...Object.fromEntries(sheets.map((sheet) => [sheet, 'text/css; charset=utf-8'])),
  'live.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** What pages are made of besides their content; read once. */
export const assetRoute = (): OpenRoute => {
  const assets = new Map(
    Object.entries(types).map(([name, type]) => {
      const body = readFileSync(new URL(`../assets/${name}`, import.meta.url));
      return [name, { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }];
    }),
  );
  return {
    method: 'get',
    path: '/assets/{file}',
    needs: 'nothing',
    handle: (c) => {
      const asset = assets.get(c.req.param('file') ?? '');
      if (!asset) throw new HttpError(404, 'There is no such file');
      const headers = { etag: asset.etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
      if (c.req.header('if-none-match') === asset.etag) return new Response(null, { status: 304, headers });
      return new Response(new Uint8Array(asset.body), { headers: { ...headers, 'content-type': asset.type } });
    },
  };
};
