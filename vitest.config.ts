import { defineConfig } from 'vitest/config';

/** The tests of examples run in copies of the repository, where these are complete: see test/support/tutorial.ts. */
const elsewhere = 'examples/**';

/** `npm start -- --with` keeps copies of the repository in its data folder. */
const copies = '**/.quadrille*/**';

const project = (name: string, include: string[], exclude: string[] = []) => ({
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', copies, elsewhere, ...exclude],
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});

/** A test's suffix says what it needs: nothing, real servers (`.int`), or the whole running system (`.e2e`). */
export default defineConfig({
  test: {
    projects: [
      project('unit', ['**/*.test.ts'], ['**/*.int.test.ts', '**/*.e2e.test.ts']),
      project('integration', ['**/*.int.test.ts']),
      project('e2e', ['**/*.e2e.test.ts']),
    ],
    // The whole system runs on the machine that tests it: one after the other.
    fileParallelism: false,
  },
});
