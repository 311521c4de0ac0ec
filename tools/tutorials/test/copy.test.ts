import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layExample, patchName } from '@quadrille/stack/examples';
import { root } from '@quadrille/stack/root';
import { copyRepository } from '@quadrille/stack/tree';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyForTutorial, outcomeOf, writeExample } from '../copy.ts';

/** A copy lies in the repository, as that of npm start --with does: git must not take it for a part of it. */
describe('what a tutorial makes', () => {
  let work: string;
  const folder = (name: string) => {
    const made = join(work, name);
    mkdirSync(made);
    return made;
  };
  const change = (dir: string, file: string, from: string, to: string) => {
    const content = readFileSync(join(dir, file), 'utf8');
    expect(content).toContain(from);
    writeFileSync(join(dir, file), content.replace(from, to));
  };
  beforeAll(() => {
    work = mkdtempSync(join(root, 'node_modules', '.copies-'));
  }, 60_000);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it('becomes an example of files and a patch, which lays the same over another copy', {
    timeout: 60_000,
  }, async () => {
    const copy = folder('tutorial');
    copyForTutorial(copy);
    mkdirSync(join(copy, 'services', 'nosuchservice'));
    writeFileSync(join(copy, 'services/nosuchservice/nosuchservice.ts'), '// a service\n');
    change(copy, 'services/stock/seed.ts', 'price: 1100', 'price: 1200');
    change(copy, 'services/list.ts', 'export', '// another line\nexport');
    const outcome = await outcomeOf(copy);
    expect(Object.keys(outcome).sort()).toEqual([patchName, 'services/nosuchservice/nosuchservice.ts']);
    expect(outcome[patchName]).toMatch(/^-.*price: 1100.*\n\+.*price: 1200/m);

    const example = folder('example');
    writeExample(example, outcome);
    const other = folder('other');
    copyRepository(other);
    layExample('nosuchservice', example, other);
    const laid = (file: string) => readFileSync(join(other, file), 'utf8');
    expect(laid('services/nosuchservice/nosuchservice.ts')).toBe('// a service\n');
    expect(laid('services/stock/seed.ts')).toContain('price: 1200');
    expect(laid('services/list.ts')).toContain("export { nosuchserviceService } from './nosuchservice/service.ts';");
    expect(() => layExample('nosuchservice', example, other)).toThrow(
      /^The example nosuchservice does not fit the repository/,
    );
  });

  it('is the same each time, though drizzle-kit draws times and ids for a migration that is added to a service', {
    timeout: 60_000,
  }, async () => {
    const outcomes = await Promise.all(
      ['first', 'second'].map(async (name) => {
        const copy = folder(name);
        copyForTutorial(copy);
        const schema = 'services/stock/schema.ts';
        change(copy, schema, "sold: integer('sold')", "lost: integer('lost'),\n  sold: integer('sold')");
        const drizzle = join(copy, 'node_modules', '.bin', 'drizzle-kit');
        execFileSync(drizzle, ['generate', '--name', 'lost'], { cwd: join(copy, 'services/stock'), stdio: 'pipe' });
        return outcomeOf(copy);
      }),
    );
    const [first, second] = outcomes;
    expect(first).toEqual(second);
    expect(Object.keys(first ?? {}).sort()).toEqual([
      patchName,
      'services/stock/migrations/0001_lost.sql',
      'services/stock/migrations/meta/0001_snapshot.json',
    ]);
    const meta = join(root, 'services/stock/migrations/meta');
    const { id } = JSON.parse(readFileSync(join(meta, '0000_snapshot.json'), 'utf8')) as { id: string };
    expect(first?.['services/stock/migrations/meta/0001_snapshot.json']).toContain(`"prevId": "${id}"`);
    const last = /"when": (\d+)/.exec(readFileSync(join(meta, '_journal.json'), 'utf8'))?.[1];
    expect(first?.[patchName]).toContain(`+      "when": ${Number(last) + 1},`);
  });
});
