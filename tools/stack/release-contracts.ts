// npm run release-contracts: part of a release. From then on nothing may break what the contracts of the working tree promise.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareWithReleased, currentContracts, filesOf, releasedFolder } from './contracts.ts';
import { contentOf } from './generated.ts';
import { root } from './root.ts';

const findings = await compareWithReleased();
for (const { kind, text } of findings) console.log(`${kind}: ${text}`);
if (findings.some(({ kind }) => kind === 'breaking')) {
  console.error('Nothing is released: correct what is breaking first.');
  process.exitCode = 1;
} else {
  const files = Object.entries(filesOf(releasedFolder, await currentContracts()));
  const changed = files.filter(([file, content]) => content !== contentOf(file));
  mkdirSync(join(root, releasedFolder), { recursive: true });
  for (const [file, content] of changed) writeFileSync(join(root, file), content);
  console.log(
    changed.length === 0 ? 'All of it is released already.' : `Released: ${changed.map(([file]) => file).join(', ')}`,
  );
}
