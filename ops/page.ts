/** A part of a list, the newest first. `next`: the `before` that asks for what follows; null: nothing follows. */
export type Page<Item, Cursor> = { readonly items: readonly Item[]; readonly next: Cursor | null };

/** @param found one more than `limit`, if there are so many */
export const pageOf = <Item, Cursor>(
  found: readonly Item[],
  limit: number,
  cursorOf: (item: Item) => Cursor,
): Page<Item, Cursor> => {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? cursorOf(last) : null };
};
