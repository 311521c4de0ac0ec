import { describe, expect, it } from 'vitest';
import { table } from '../describe.ts';

describe('a table', () => {
  it('lines its columns up', () => {
    expect(
      table([
        ['name', 'pid'],
        ['order', '1'],
        ['pay', '12'],
      ]),
    ).toBe('  name   pid\n  order  1\n  pay    12');
  });
});
