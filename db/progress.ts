/** Numbers of outbox rows, both ends included. */
export type Range = { readonly from: number; readonly to: number };

/**
 * How far an outbox is published: all rows up to `publishedTo`, but for `missing`. Those are the numbers that were not there when rows
 * after them were read, because their transaction was still open, or will never be there, because it was rolled back (R1).
 */
export type Progress = { readonly publishedTo: number; readonly missing: readonly Range[] };

export const noProgress: Progress = { publishedTo: 0, missing: [] };

/** @param seqs what was read in one look and dealt with, ascending: nothing visible in that look is left out below the last of them */
export const advance = ({ publishedTo, missing }: Progress, seqs: readonly number[]): Progress => {
  const top = Math.max(publishedTo, seqs.at(-1) ?? 0);
  const open = top > publishedTo ? [...missing, { from: publishedTo + 1, to: top }] : missing;
  return { publishedTo: top, missing: without(open, seqs) };
};

/** @param seqs ascending */
export const without = (ranges: readonly Range[], seqs: readonly number[]): Range[] => {
  const left: Range[] = [];
  let next = 0;
  for (const { from, to } of ranges) {
    let start = from;
    for (; next < seqs.length && (seqs[next] as number) <= to; next++) {
      const seq = seqs[next] as number;
      if (seq < start) continue;
      if (seq > start) left.push({ from: start, to: seq - 1 });
      start = seq + 1;
    }
    if (start <= to) left.push({ from: start, to });
  }
  return left;
};

/** What is in both; each of them ascending. */
export const common = (one: readonly Range[], other: readonly Range[]): Range[] => {
  const both: Range[] = [];
  for (let [i, j] = [0, 0]; ; ) {
    const [a, b] = [one[i], other[j]];
    if (!a || !b) return both;
    const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
    if (from <= to) both.push({ from, to });
    if (a.to < b.to) i++;
    else j++;
  }
};

/** What is in the first and not in the second; each of them ascending. */
export const difference = (ranges: readonly Range[], taken: readonly Range[]): Range[] =>
  ranges.flatMap(({ from, to }) => {
    const left: Range[] = [];
    let start = from;
    for (const hole of taken) {
      if (hole.to < start || hole.from > to) continue;
      if (hole.from > start) left.push({ from: start, to: hole.from - 1 });
      start = hole.to + 1;
    }
    if (start <= to) left.push({ from: start, to });
    return left;
  });

/** Every row up to here is published, whatever commits yet. */
export const settledTo = ({ publishedTo, missing }: Progress): number =>
  missing[0] === undefined ? publishedTo : missing[0].from - 1;

/** `3-5,9`, as the table keeps it. */
export const formatRanges = (ranges: readonly Range[]): string | null =>
  ranges.length === 0 ? null : ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');

export const parseRanges = (text: string | null): Range[] =>
  (text ?? '')
    .split(',')
    .filter((item) => item !== '')
    .map((item) => {
      const [from, to] = item.split('-').map(Number);
      return { from: from as number, to: (to ?? from) as number };
    });
