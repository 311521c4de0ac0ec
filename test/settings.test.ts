import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readConfigFile } from '@quadrille/process/settings/file';
import { keyOf } from '@quadrille/process/settings/setting';
import { services } from '@quadrille/services';
import { allSettings } from '@quadrille/stack/all-settings';
import { root } from '@quadrille/stack/root';
import { afterAll, describe, expect, it } from 'vitest';
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
    const isService = (services as readonly string[]).includes(name);
    // A service may have none but those of all services.
    const wanted = isService ? `(\\{\\}|${name}Settings)` : `${name}Settings`;
    expect(read(main)).toMatch(new RegExp(`^run(Process|Service)(<[^>]+>)?\\('${name}', ${wanted},`, 'm'));
  });
});

describe('the example in docs/settings.md', () => {
  const [, example = ''] = /^```yaml\n([\s\S]+?)^```/m.exec(read('docs/settings.md')) ?? [];
  const place = join(mkdtempSync(join(tmpdir(), 'quadrille-example-')), 'quadrille.yaml');
  afterAll(() => rmSync(dirname(place), { recursive: true }));

  it('is a quadrille.yaml, with the schema that is there', () => {
    writeFileSync(place, example);
    const { values, problems } = readConfigFile(place);
    expect(problems).toEqual([]);
    expect(values.size).toBeGreaterThan(3);
    for (const setting of allSettings.filter(({ path }) => values.has(path)))
      expect(setting.type.safeParse(values.get(setting.path)).success, setting.path).toBe(true);
    const [, schema = ''] = /\$schema=(\S+)/.exec(example) ?? [];
    expect(existsSync(join(root, schema))).toBe(true);
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
