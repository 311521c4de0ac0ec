// npm run generate: writes anew what follows from the list of services, the events and the gateway's API.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated.ts';
import { root } from './root.ts';

for (const [file, content] of Object.entries(await generatedFiles())) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}
await import('../../client/build/generate.ts');
