import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf } from '@quadrille/process/settings/setting';
import { allSettings } from '@quadrille/stack/all-settings';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';
import { mains } from './support/settings.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What runs in a deployment. */
const code = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.tsx?$/.test(file) && !/(^|\/)test\/|\.test\.ts$|^tools\/|^client\/|drizzle\.config/.test(file));

describe('what a process reads of its environment', () => {
  it('is settings of the tree, and NODE_ENV', () => {
    const direct = code.flatMap((file) =>
      [...read(file).matchAll(/process\.env\b(?:\.(\w+))?/g)].map(([, name = 'all of it']) => `${file}: ${name}`),
    );
    expect(direct.filter((line) => !line.endsWith(': NODE_ENV')).toSorted()).toEqual([
      'ops/settings.ts: all of it',
      'runtime/process/settings/source.ts: all of it',
    ]);
  });

  it.each(Object.entries(mains))('%s says so before it starts', (name, main) => {
    const wanted = name in { relay: 0, gateway: 0, console: 0, setup: 0 } ? `${name}Settings` : '(\\{\\}|\\w+Settings)';
    expect(read(main)).toMatch(new RegExp(`^run(Process|Service)(<[^>]+>)?\\('${name}', ${wanted},`, 'm'));
  });
});

describe('docs/sponge-parity.md', () => {
  const rows = [...read('docs/sponge-parity.md').matchAll(/^\| `([^|]+)` \| (.+) \|$/gm)];
  const names = new Set([
    ...allSettings.map(keyOf),
    // What all services have.
    ...allSettings.map((setting) => keyOf(setting).replace(/^services\.order\./, 'services.<service>.')),
  ]);

  it('says of each switch of sponge what stands in its place, or why nothing does', () => {
    expect(rows.length).toBeGreaterThan(40);
    for (const [, , ours] of rows) expect(ours).toMatch(/^(`[\w.<>-]+`|not yet|not needed, because )/);
  });

  it('names settings that are there', () => {
    const named = rows.flatMap(([, , ours = '']) =>
      [...ours.matchAll(/`([a-z]+(?:\.(?:\w|<|>|-)+)+)`/g)].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });
});
