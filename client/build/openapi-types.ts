import { buildApp } from '@quadrille/gateway/app';
import { createOrdersClient } from '@quadrille/gateway/orders-client';
import { createUpstream } from '@quadrille/gateway/upstream';
import { forEachUpstream } from '@quadrille/gateway/upstreams';
import { createLog } from '@quadrille/process/log';
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';

const head = '// Written by `npm run generate`, from the OpenAPI document of the gateway. Do not edit.\n\n';

/** The API of the gateway's OpenAPI document (not its pages) as TypeScript. Nothing has to run for it: nobody is called. */
export const openapiTypes = async (): Promise<string> => {
  const nobody = 'http://localhost';
  const orders = createOrdersClient(nobody, nobody);
  const upstreams = forEachUpstream((name) => createUpstream(name, nobody, nobody));
  const log = createLog('generate');
  log.level = 'silent';
  const app = buildApp({ orders, upstreams, publicUrl: nobody, systemToken: nobody, access: { kind: 'off' }, log });
  const document = (await (await app.request('/openapi.json')).json()) as OpenAPI3;
  await Promise.all([orders, ...Object.values(upstreams)].map(({ close }) => close()));
  const api = Object.entries(document.paths ?? {}).filter(([path]) => path.startsWith('/api/'));
  // A field with a default may be left out by whoever sends it.
  return (
    head +
    astToString(await openapiTypescript({ ...document, paths: Object.fromEntries(api) }, { defaultNonNullable: false }))
  );
};
