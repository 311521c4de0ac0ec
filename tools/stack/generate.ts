// npm run generate: writes anew what follows from the list of services, and from the gateway's API.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generated.ts';
import { root } from './root.ts';

for (const [file, content] of Object.entries(await generatedFiles())) writeFileSync(join(root, file), content);
// In a process of its own: this one has read the lists of publishers as they were before.
const { status } = spawnSync(process.execPath, [join(root, 'client/build/generate.ts')], { stdio: 'inherit' });
process.exitCode = status ?? 1;
