// Where the bundles of the present source are. Plain JavaScript, because bootstrap.mjs asks before TypeScript can run.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Inside node_modules, because what stays outside of bundles is looked for from there. */
export const bundlesFolder = join(root, 'node_modules', '.cache', 'quadrille-bundles');

/** The folder of the bundles that are made of the files as they are now; it exists once they are made. */
export function bundlesOfSource() {
  const hash = createHash('sha256')
    .update(root)
    .update(readFileSync(join(root, 'package-lock.json')));
  for (const file of sources()) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return join(bundlesFolder, hash.digest('hex').slice(0, 32));
}

/** Where the bundle of a file lies in that folder. */
export function bundledAs(file) {
  return file.replace(/\.ts$/, '.mjs');
}

/** All that a bundle can hold of ours. */
function sources() {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .flatMap(({ name }) => readdirSync(join(root, name), { recursive: true }).map((file) => join(name, file)))
    .filter((file) => file.endsWith('.ts') && !/(^|\/)(node_modules|test)\//.test(file))
    .sort();
}
