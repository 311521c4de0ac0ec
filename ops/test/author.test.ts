import { describe, expect, it } from 'vitest';
import { authorLimits, toAuthor } from '../author.ts';

describe('who acts, and why', () => {
  it('D6: is kept up to the length that every table keeps, counted in characters', () => {
    const why = '💶'.repeat(authorLimits.why);
    expect(toAuthor({ who: ' olga ', why: ` ${why} ` })).toEqual({ who: 'olga', why });
  });

  it.each([
    ['no reason', { who: 'olga', why: ' ' }, 'Say why you do it'],
    ['no name', { who: ' ', why: 'because' }, 'Say who does it'],
    [
      'a reason of 300 letters',
      { who: 'olga', why: 'x'.repeat(300) },
      '--why has 300 characters: the audit log keeps 255 at most.',
    ],
    [
      'a name of 129 letters',
      { who: 'x'.repeat(129), why: 'because' },
      '--by has 129 characters: the audit log keeps 128 at most.',
    ],
  ])('D6: is turned away with one sentence: %s', (_, given, sentence) => {
    expect(() => toAuthor(given)).toThrow(sentence);
  });
});
