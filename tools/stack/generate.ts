// npm run generate: writes anew what follows from the list of services, and from the gateway's API, and then the score.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generated.ts';
import { root } from './root.ts';

for (const [file, content] of Object.entries(await generatedFiles())) writeFileSync(join(root, file), content);
await import('../../client/build/generate.ts');

// In a process of its own: this one has loaded the list of events as it was before.
const { status } = spawnSync(process.execPath, [join(root, 'tools/score/main.ts')], { stdio: 'inherit' });
process.exitCode = status ?? 1;
