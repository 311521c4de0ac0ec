/** Rows of several tables that belong to one key. */
export type Merged<Tables extends object> = { readonly key: string; readonly rows: Partial<Tables> };

type Keyed<Row> = { readonly pages: AsyncGenerator<Row[]>; readonly keyOf: (row: Row) => string };

/**
 * Brings together what several tables keep of the same keys. Each comes sorted by key, bytes by bytes, and holds a key once; memory holds a
 * page of each.
 */
export async function* mergeByKey<Tables extends object>(
  tables: {
    readonly [Name in keyof Tables]: Keyed<Tables[Name]>;
  },
): AsyncGenerator<Merged<Tables>[]> {
  const names = Object.keys(tables) as (keyof Tables)[];
  const heads = await Promise.all(names.map((name) => openHead(name, tables[name] as Keyed<unknown>)));
  for (;;) {
    const merged: Merged<Tables>[] = [];
    // As long as every table that has more has some of it in memory.
    while (heads.every((head) => head.isOver() || head.key() !== undefined)) {
      const key = least(heads.map((head) => head.key()));
      if (key === undefined) break;
      const rows: Partial<Record<keyof Tables, unknown>> = {};
      for (const head of heads) if (head.key() === key) rows[head.name] = head.take();
      merged.push({ key, rows: rows as Partial<Tables> });
    }
    if (merged.length > 0) yield merged;
    if (heads.every((head) => head.isOver() && head.key() === undefined)) return;
    await Promise.all(heads.map((head) => head.fill()));
  }
}

const openHead = async <Name>(name: Name, { pages, keyOf }: Keyed<unknown>) => {
  let rows: unknown[] = [];
  let at = 0;
  let over = false;
  const head = {
    name,
    isOver: () => over,
    key: (): string | undefined => (at < rows.length ? keyOf(rows[at]) : undefined),
    take: () => rows[at++],
    fill: async () => {
      if (over || at < rows.length) return;
      const next = await pages.next();
      over = next.done === true;
      rows = next.done ? [] : next.value;
      at = 0;
    },
  };
  await head.fill();
  return head;
};

const least = (keys: readonly (string | undefined)[]): string | undefined => {
  let found: string | undefined;
  for (const key of keys) if (key !== undefined && (found === undefined || key < found)) found = key;
  return found;
};
