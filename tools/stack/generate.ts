// npm run generate: writes anew what follows from the list of services, and from the gateway's API.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, generatedFiles } from './generated.ts';
import { root } from './root.ts';

const publishers = 'contracts/generated/publishers.ts';
const before = contentOf(publishers);
for (const [file, content] of Object.entries(await generatedFiles())) writeFileSync(join(root, file), content);

// The order of services in all other files follows from this one, which this process has read as it was.
if (contentOf(publishers) === before) await import('../../client/build/generate.ts');
else process.exitCode = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1;
