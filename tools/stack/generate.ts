// npm run generate: writes anew what follows from the list of services, the events and the gateway's API.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentOf, generatedFiles } from './generated.ts';
import { root } from './root.ts';

const changed = Object.entries(await generatedFiles()).filter(([file, content]) => content !== contentOf(file));
for (const [file, content] of changed) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}
// Events name their publishers, and this process has read the former ones: the rest follows from the new ones.
if (changed.some(([file]) => file.startsWith('contracts/generated/')))
  process.exitCode = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1;
else {
  await import('../../client/build/generate.ts');
  // In a process of its own: it simulates the rules of the services as they are now. What it finds wrong with them, it has said; 1 is no failure here.
  const { status } = spawnSync(process.execPath, [join(root, 'tools/score/main.ts')], { stdio: 'inherit' });
  process.exitCode = status === 1 ? 0 : (status ?? 2);
}
