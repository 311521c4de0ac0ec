import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const client = dirname(import.meta.dirname);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/**
 * Makes the folder of a package that stands alone: JavaScript, because Node strips no types in node_modules and browsers none at all.
 * The compiler knows the browser's library only, so that nothing of Node slips in.
 */
export const buildPackage = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  const config = join(import.meta.dirname, 'tsconfig.json');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config, '--outDir', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the client does not compile for browsers:\n${stdout}`);

  const { name, version, description, license, type, dependencies } = JSON.parse(
    readFileSync(join(client, 'package.json'), 'utf8'),
  );
  const exports = { '.': { types: './client.d.ts', default: './client.js' } };
  const manifest = {
    name,
    version,
    description,
    license,
    type,
    engines: { node: '>=20.3' },
    sideEffects: false,
    exports,
    dependencies,
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(client, 'README.md'), join(folder, 'README.md'));
  copyFileSync(join(client, '..', 'LICENSE'), join(folder, 'LICENSE'));
};
