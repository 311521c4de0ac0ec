import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';

const filesIn = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));

const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] };
const packages = workspaces
  .map((workspace) => workspace.replace('/*', ''))
  .flatMap((folder) => filesIn(folder, /^package\.json$/))
  .map((file) => ({ folder: dirname(file), ...(JSON.parse(readFileSync(file, 'utf8')) as Manifest) }));

type Manifest = { readonly name: string; readonly dependencies?: Readonly<Record<string, string>> };

describe('the packages of this repository', () => {
  it.each([...new Map(packages.map((each) => [each.name, each])).values()])(
    '$name declares those of ours that it imports, and no others',
    ({ folder, name, dependencies = {} }) => {
      const inner = packages.map((each) => each.folder).filter((other) => other.startsWith(`${folder}/`));
      const code = filesIn(folder.slice(root.length + 1), /\.tsx?$/)
        .filter((file) => !inner.some((other) => file.startsWith(`${other}/`)))
        .filter((file) => !/\/test\/|\.test\.ts$|\/client\/build\/|\/new\/templates\//.test(file))
        .map((file) => readFileSync(file, 'utf8'))
        .join('\n');
      const imported = new Set(
        [...code.matchAll(/(?:from|import\() ?'(@quadrille\/[a-z-]+)/g)].map(([, found]) => found),
      );
      const declared = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@quadrille/'));
      expect(declared.sort()).toEqual([...imported].filter((found) => found !== name).sort());
    },
  );
});
