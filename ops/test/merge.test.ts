import { describe, expect, it } from 'vitest';
import { mergeByKey } from '../verify/merge.ts';

type Row = { readonly key: string; readonly value: number };

async function* paged(rows: readonly Row[], size: number): AsyncGenerator<Row[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

const merged = async (a: readonly Row[], b: readonly Row[], size: number) => {
  const keyOf = ({ key }: Row) => key;
  const found: [string, number | undefined, number | undefined][] = [];
  for await (const page of mergeByKey<{ a: Row; b: Row }>({
    a: { pages: paged(a, size), keyOf },
    b: { pages: paged(b, size + 1), keyOf },
  }))
    for (const { key, rows } of page) found.push([key, rows.a?.value, rows.b?.value]);
  return found;
};

const rowsOf = (keys: string, value: number): Row[] => [...keys].map((key) => ({ key, value }));

describe('the merge', () => {
  it.each([1, 2, 3, 100])('brings rows of one key together, whatever the pages (%d)', async (size) => {
    expect(await merged(rowsOf('acdg', 1), rowsOf('bcgz', 2), size)).toEqual([
      ['a', 1, undefined],
      ['b', undefined, 2],
      ['c', 1, 2],
      ['d', 1, undefined],
      ['g', 1, 2],
      ['z', undefined, 2],
    ]);
  });

  it('goes on when a table is over, or empty', async () => {
    expect(await merged([], rowsOf('ab', 2), 1)).toHaveLength(2);
    expect(await merged(rowsOf('abcdefgh', 1), rowsOf('a', 2), 2)).toHaveLength(8);
    expect(await merged([], [], 2)).toEqual([]);
  });
});
