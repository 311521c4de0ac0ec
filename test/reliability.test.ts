import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
const ids = [
  ...numbered('R', 53),
  ...numbered('K', 11),
  ...numbered('S', 20),
  ...numbered('A', 5),
  ...numbered('B', 11),
  ...numbered('C', 10),
  ...numbered('D', 8),
  ...numbered('E', 4),
];

const rows = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-EKRS]\d+ \|/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));
const links = (cell: string) =>
  [...cell.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, title = '', path = '']) => ({ title, path }));
const missing = (cell: string) =>
  links(cell).filter(({ path }) => !existsSync(join(root, 'docs', path.split('#')[0] ?? '')));

/** Names of tests: what follows `it(` and `describe(`, or the table of an `each`. Of a name made by code, what comes before that code. */
const namesIn = (source: string): string[] =>
  [...source.matchAll(/(?:\b(?:it|describe)(?:\.\w+)*\(|\)\()\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(
    ([, quote, name = '']) => (quote === '`' ? (name.split(' (${')[0] ?? '') : name.replace(/\\(.)/g, '$1')),
  );

describe('docs/reliability.md', () => {
  it('has each way of failing once, and no empty cell', () => {
    expect(rows.map(([id]) => id)).toEqual(ids);
    for (const row of rows) {
      expect(row).toHaveLength(4);
      for (const cell of row) expect(cell.trim()).not.toBe('');
    }
  });

  it.each(rows)(
    '%s, %s: what we do is a link to code that is there, or nothing is done',
    (id, _, remedy = '', guard = '') => {
      expect(missing(remedy)).toEqual([]);
      if (links(remedy).length === 0) expect(guard, id).toMatch(/^Not covered: ./);
    },
  );

  it.each(rows)('%s, %s: is guarded by a test that is there, or says why not', (_id, _what, _remedy, guard = '') => {
    expect(missing(guard)).toEqual([]);
    const tests = links(guard).filter(({ path }) => path.endsWith('.test.ts'));
    if (tests.length === 0) expect(guard).toMatch(/^(Cannot happen|Not covered): ./);
    for (const { title, path } of tests)
      expect(namesIn(readFileSync(join(root, 'docs', path), 'utf8')), path).toContain(title);
  });
});
