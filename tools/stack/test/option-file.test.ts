import { expect, it } from 'vitest';
import { writeOptionFile } from '../option-file.ts';

it('C7: a database server has a folder for temporary tables of its own: one that starts empties the folder', () => {
  const settings = { data: '/some/data', temporary: '/some/tmp', port: 25_000 };
  for (const section of ['mariadbd', 'mysqld'] as const) {
    const lines = writeOptionFile(section, settings, {}).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([`[${section}]`, 'datadir=/some/data', 'tmpdir=/some/tmp', 'port=25000']),
    );
  }
});
