import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';

const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8');
const [terms = '', retired = ''] = glossary.split('## Retired words');

/** Names that stay compatible: tables, and the former names of commands and paths. */
const compatible: Readonly<Record<string, RegExp>> = {
  strays: /\b(FROM|INTO|JOIN) strays|mysqlTable\('strays'|'\/(api\/v1\/)?strays'|'minutes', 'strays'|, 'strays'\] \}/,
  hearing: /hearings: event\.deliveries\.map/,
  setAside: /setAside: parked/,
  ledger: /\.alias\('ledger'\)|Former names of verbs/,
};

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(ts|js|mjs|css|html|sh|md|ya?ml)$/.test(file) && existsSync(join(root, file)))
  .filter((file) => !['CHANGELOG.md', 'docs/glossary.md', 'test/glossary.test.ts'].includes(file));
const lines = files.flatMap((file) =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .map((text, index) => ({ place: `${file}:${index + 1}`, text })),
);

describe('docs/glossary.md', () => {
  it('has each term once, in a file that is there', () => {
    const rows = [...terms.matchAll(/^\| ([a-z][^|]*) \| [^|]+ \| \[[^\]]+\]\(([^)]+)\) \|$/gm)];
    const names = rows.map(([, name]) => name);
    expect(names.length).toBeGreaterThan(30);
    expect(new Set(names).size).toBe(names.length);
    expect(rows.map(([, , file = '']) => file).filter((file) => !existsSync(join(root, 'docs', file)))).toEqual([]);
  });

  const words = [...retired.matchAll(/^\| `([^`]+)` \|/gm)].map(([, word = '']) => word);
  it.each(words)('%s is gone from code, pages and documents', (word) => {
    const pattern = new RegExp(`\\b${word}\\b`);
    const allowed = Object.entries(compatible).find(([name]) => pattern.test(name))?.[1];
    const left = lines
      .filter(({ text }) => pattern.test(text) && !allowed?.test(text))
      .map(({ place, text }) => `${place} ${text.trim().slice(0, 80)}`);
    expect(left).toEqual([]);
  });
});
