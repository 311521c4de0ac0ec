import { expect, it } from 'vitest';
import { currentContracts, filesOf, releasedContracts, releasedFolder } from '../contracts.ts';
import { generatedFiles } from '../generated.ts';

it('npm run generate writes the contracts of today, and never a released one', async () => {
  const names = Object.keys(await generatedFiles());
  expect(names).toEqual(expect.arrayContaining(Object.keys(filesOf('contracts/schemas', await currentContracts()))));
  expect(names.filter((name) => name.startsWith(releasedFolder))).toEqual([]);
  expect(releasedContracts().length).toBeGreaterThan(10);
});
