import { UsageError } from '@quadrille/process/errors';

/**
 * A word out of a known few.
 * @throws UsageError that names the nearest, or all of them
 */
export const oneOf = <Word extends string>(what: string, text: string, words: readonly Word[]): Word => {
  const found = words.find((word) => word === text);
  if (found) return found;
  const near = nearest(text, words);
  throw new UsageError(
    `There is no ${what} "${text}": ${near ? `did you mean ${near}?` : `there are ${words.join(', ')}.`}`,
  );
};

/** The word that differs least, if it is near enough to be meant. */
export const nearest = (text: string, words: readonly string[]): string | undefined => {
  const [best] = words
    .map((word) => ({ word, distance: distance(text.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const begins = words.filter((word) => text.length >= 3 && word.startsWith(text.toLowerCase()));
  if (begins.length === 1) return begins[0];
  return best && best.distance <= Math.max(1, Math.floor(best.word.length / 3)) ? best.word : undefined;
};

/** Letters to put in, take out, change, or swap with their neighbour (Damerau and Levenshtein). */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      rows[i]?.push(Math.min(changed, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
};
