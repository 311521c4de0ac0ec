import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/support/random.ts';
import {
  advance,
  common,
  difference,
  formatRanges,
  noProgress,
  parseRanges,
  type Range,
  settledTo,
  without,
} from '../progress.ts';

const numbersIn = (ranges: readonly Range[]): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

describe('progress of an outbox (R1)', () => {
  it('goes on from row to row', () => {
    expect(advance(noProgress, [1, 2, 3])).toEqual({ publishedTo: 3, missing: [] });
    expect(advance({ publishedTo: 3, missing: [] }, [])).toEqual({ publishedTo: 3, missing: [] });
  });

  it('remembers numbers that were not there, until they come', () => {
    const first = advance(noProgress, [2, 3, 7]);
    expect(first).toEqual({
      publishedTo: 7,
      missing: [
        { from: 1, to: 1 },
        { from: 4, to: 6 },
      ],
    });
    const second = advance(first, [5, 8, 10]);
    expect(formatRanges(second.missing)).toBe('1,4,6,9');
    expect(settledTo(second)).toBe(0);
    expect(advance(second, [1, 4, 6, 9])).toEqual({ publishedTo: 10, missing: [] });
  });

  it('survives the table', () => {
    expect(formatRanges([])).toBeNull();
    expect(parseRanges(null)).toEqual([]);
    const ranges = parseRanges('3-5,9,11-12');
    expect(formatRanges(ranges)).toBe('3-5,9,11-12');
    expect(numbersIn(ranges)).toEqual([3, 4, 5, 9, 11, 12]);
  });

  it('is what a plain set of numbers says, whatever commits in whatever order and however little is read at once', () => {
    const random = randomFrom(10);
    for (let run = 0; run < 300; run++) {
      const [committed, published] = [new Set<number>(), new Set<number>()];
      const coming = random.shuffle(Array.from({ length: 1 + random.below(60) }, (_, index) => index + 1));
      let progress = noProgress;
      const look = () => {
        const open = (seq: number) => seq > progress.publishedTo || numbersIn(progress.missing).includes(seq);
        const seqs = [...committed]
          .filter(open)
          .sort((a, b) => a - b)
          .slice(0, 1 + random.below(8));
        // Nothing is read twice.
        for (const seq of seqs) expect(published.has(seq)).toBe(false);
        for (const seq of seqs) published.add(seq);
        progress = advance(progress, seqs);
        return seqs.length;
      };
      for (const seq of coming) {
        if (random.next() < 0.1) continue;
        committed.add(seq);
        if (random.next() < 0.4) look();
      }
      while (look() > 0);
      expect(published).toEqual(committed);
      for (const seq of numbersIn(progress.missing)) expect(committed.has(seq)).toBe(false);
    }
  });

  it('common, difference and without are those of sets', () => {
    const random = randomFrom(11);
    const some = () => Array.from({ length: 30 }, (_, index) => index + 1).filter(() => random.next() < 0.5);
    for (let run = 0; run < 300; run++) {
      const [a, b] = [some(), some()];
      const everything = [{ from: 1, to: 30 }];
      const rangesOf = (numbers: number[]) =>
        without(
          everything,
          numbersIn(everything).filter((n) => !numbers.includes(n)),
        );
      expect(numbersIn(rangesOf(a))).toEqual(a);
      expect(numbersIn(common(rangesOf(a), rangesOf(b)))).toEqual(a.filter((n) => b.includes(n)));
      expect(numbersIn(difference(rangesOf(a), rangesOf(b)))).toEqual(a.filter((n) => !b.includes(n)));
      expect(numbersIn(without(rangesOf(a), b))).toEqual(a.filter((n) => !b.includes(n)));
    }
  });
});
