// npm run generate: writes the client's types anew after the gateway's API has changed.
import { writeFileSync } from 'node:fs';
import { openapiTypes } from './openapi-types.ts';

writeFileSync(new URL('../openapi.ts', import.meta.url), await openapiTypes());
