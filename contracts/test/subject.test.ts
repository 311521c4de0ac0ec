import { expect, it } from 'vitest';
import { subjectId } from '../subject.ts';
import { uuid } from '../values.ts';

it('names a thing by a UUID that is always the same, and no other thing has', () => {
  const id = subjectId('product', 1);
  expect(uuid.safeParse(id).success).toBe(true);
  expect(subjectId('product', 1)).toBe(id);
  expect(new Set([id, subjectId('product', 2), subjectId('user', 1), subjectId('product', 11)]).size).toBe(4);
});
