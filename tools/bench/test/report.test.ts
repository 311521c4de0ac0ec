import { describe, expect, it } from 'vitest';
import { linesOf, median, toMarkdown, toSvg } from '../report.ts';

const results = {
  peak: {
    this: [{ 'orders/s': 200 }, { 'orders/s': 300 }, { 'orders/s': 100 }],
    old: [{ 'orders/s': 100 }, { 'orders/s': 110 }, { 'orders/s': 90 }],
  },
};
const versions = ['this', 'old'];

describe('the report of a bench', () => {
  it('has the median, the spread and the ratio of two versions', () => {
    expect(linesOf(results.peak, versions)).toEqual([
      {
        figure: 'orders/s',
        values: [
          { median: 200, least: 100, most: 300 },
          { median: 100, least: 90, most: 110 },
        ],
        ratio: 2,
      },
    ]);
    const text = toMarkdown({ machine: 'a machine', versions, about: { peak: '512 clients' }, results });
    expect(text).toContain('| orders/s | 200 (100 to 300) | 100 (90 to 110) | 2 |');
  });

  it('takes the lower of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2, 7]);
  });

  it('leaves out a figure that a version does not have', () => {
    expect(linesOf({ this: [{ new: 1 }], old: [{}] }, versions)).toEqual([]);
  });

  it('has a chart whose texts are text', () => {
    const svg = toSvg(linesOf({ 'a<b': [{ 'x & y': 3 }] }, ['a<b']), ['a<b']);
    expect(svg).toContain('x &amp; y');
    expect(svg).toContain('3 a&lt;b');
  });
});
