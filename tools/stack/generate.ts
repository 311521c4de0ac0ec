// npm run generate: writes anew what follows from the list of services, and from the gateway's API.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generated.ts';
import { root } from './root.ts';

for (const [file, content] of Object.entries(await generatedFiles())) writeFileSync(join(root, file), content);
await import('../../client/build/generate.ts');
