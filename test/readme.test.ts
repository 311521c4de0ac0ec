import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { events } from '@quadrille/contracts/catalogue';
import { deadLinksOf, proseOf } from '@quadrille/docs/links';
import { pages } from '@quadrille/docs/pages';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'client/README.md', ...markdownIn('docs')];
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** `deploy/setup.ts` and the like, where no link was worth it. What a tutorial makes is in its example. */
const missingFiles = (file: string): string[] =>
  [...proseOf(file).matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|mjs|sh|yml|json|md))`/g)]
    .map(([, path = '']) => path)
    .filter((path) =>
      [root, join(root, dirname(file)), join(root, 'examples', basename(file, '.md'))].every(
        (folder) => !existsSync(join(folder, path)),
      ),
    );

describe('the website', () => {
  it('has each document once', () => {
    expect(pages.toSorted()).toEqual(files.toSorted());
  });
});

describe.each(files)('%s', (file) => {
  it('links to what is there', () => {
    expect(deadLinksOf(file)).toEqual([]);
    expect(missingFiles(file)).toEqual([]);
  });

  it('names commands that are there', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...read(file).matchAll(/\bnpm run ([\w:-]+)|\bnpm (start|test)\b/g)].map(
      ([, run, short]) => run ?? short,
    );
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });
});

describe('README.md', () => {
  it('names every event and every folder', () => {
    for (const { type } of events) expect(read('README.md')).toContain(`\`${type}\``);
    const { workspaces } = JSON.parse(read('package.json'));
    const folders = workspaces.map((path: string) => path.replace('/*', ''));
    for (const folder of folders) expect(read('README.md')).toMatch(new RegExp(`\\]\\(${folder}/?\\)`));
  });

  it('is linked to every decision', () => {
    const decisions = markdownIn('docs/adr').map((file) => relative('docs/adr', file));
    const numbered = decisions.filter((name) => /^\d{4}-/.test(name));
    for (const name of numbered) expect(read('README.md') + read('docs/adr/README.md')).toContain(`${name})`);
  });
});

describe('docs/settings.md', () => {
  it('names nothing for the npm commands that they do not read', () => {
    const code = [
      ...sourcesIn('tools/stack'),
      ...sourcesIn('tools/bench'),
      ...sourcesIn('tools/docs'),
      ...sourcesIn('test/support'),
    ].join('\n');
    const rows = [...read('docs/settings.md').matchAll(/^\| `([A-Z_]+)` +\| npm /gm)].map(([, name = '']) => name);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
  });
});

const sourcesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join(folder, name)));
