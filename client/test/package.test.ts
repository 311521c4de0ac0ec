import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from '../build/build.ts';
import { openapiTypes } from '../build/openapi-types.ts';

it('openapi.ts says what the gateway does', async () => {
  const committed = readFileSync(join(import.meta.dirname, '..', 'openapi.ts'), 'utf8');
  expect(committed === (await openapiTypes()), 'the API has changed: npm run generate').toBe(true);
});

describe('the package', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'quadrille-client-'));
    buildPackage(join(folder, 'client'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('needs only what it says it needs', () => {
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'client', 'package.json'), 'utf8'));
    const files = readdirSync(join(folder, 'client')).filter((name) => name.endsWith('.js'));
    const imported = files
      .map((name) => readFileSync(join(folder, 'client', name), 'utf8'))
      .flatMap((code) => [...code.matchAll(/\b(?:from|import)\s*\(?['"]([^'"]+)['"]/g)].map(([, what]) => what))
      .filter((what) => !what?.startsWith('./'));
    expect(new Set(imported)).toEqual(new Set(Object.keys(dependencies)));
  });

  it('runs outside of this repository', () => {
    const openapiFetch = createRequire(import.meta.url).resolve('openapi-fetch');
    symlinkSync(dirname(dirname(dirname(openapiFetch))), join(folder, 'node_modules'));
    const program = `
      import { createClient, QuadrilleError } from './client/client.js';
      const error = await createClient({ baseUrl: 'http://127.0.0.1:1' }).read('7').catch((error) => error);
      console.log(error instanceof QuadrilleError, error.kind);`;
    writeFileSync(join(folder, 'main.mjs'), program);
    expect(execFileSync(process.execPath, [join(folder, 'main.mjs')], { encoding: 'utf8' })).toBe('true unavailable\n');
  });
});
