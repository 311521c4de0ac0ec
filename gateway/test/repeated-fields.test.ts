import { describe, expect, it } from 'vitest';
import { hasRepeatedField, repeatedFields } from '../repeated-fields.ts';

const isRepeated = (text: string) => hasRepeatedField(text, JSON.parse(text));

describe('a name that is given twice', () => {
  it.each([
    '{"a":1,"a":1}',
    '{"a":"x:y","b":2,"a":3}',
    '{"a":{"b":1,"b":2}}',
    '[{"a":1,"a":2}]',
    '{"a":1,"\\u0061":2}',
  ])('is found in %s', (text) => {
    expect(isRepeated(text)).toBe(true);
  });

  it.each([
    '{}',
    '{"a":"12:30","b":"https://x/:y"}',
    '{"a:b":1}',
    '{"a":"\\":\\""}',
    '{"a":{"a":[{"a":1},{"a":":"}]}}',
    '":"',
  ])('is not seen where there is none: %s', (text) => {
    expect(isRepeated(text)).toBe(false);
  });

  it('is told by its name, whatever its case', () => {
    expect(repeatedFields('{"userId":1,"USERID":2,"x":"x:"}', new Map([['userid', 'userId']]))).toEqual([
      { field: 'userId', message: 'is given more than once' },
    ]);
  });
});
