import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
const ids = [...numbered('R', 53), ...numbered('K', 11), ...numbered('S', 20)];

const rows = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [RKS]\d+ \|/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));
const links = (cell: string) =>
  [...cell.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, title = '', path = '']) => ({ title, path }));

/** Whether a string of the file, which is what a test's name is, says that. */
const names = (source: string, title: string): boolean =>
  source.split('\n').some((line) => {
    const at = line.indexOf(title);
    return at > 0 && /['"`]/.test(line.slice(0, at)) && !line.trimStart().startsWith('//');
  });

describe('docs/reliability.md', () => {
  it('has each way of failing once, and no empty cell', () => {
    expect(rows.map(([id]) => id)).toEqual(ids);
    for (const row of rows) {
      expect(row).toHaveLength(4);
      for (const cell of row) expect(cell.trim()).not.toBe('');
    }
  });

  it.each(rows.map((row) => [row[0] ?? '', row[3] ?? '']))(
    '%s is guarded by a test that is there, or says why not',
    (_, cell) => {
      const tests = links(cell).filter(({ path }) => path.endsWith('.test.ts'));
      if (tests.length === 0) expect(cell).toMatch(/^(Cannot happen|Not covered): ./);
      for (const { title, path } of tests) {
        const file = join(root, 'docs', path);
        expect(existsSync(file), path).toBe(true);
        expect(names(readFileSync(file, 'utf8'), title), `${path}: ${title}`).toBe(true);
      }
    },
  );
});
