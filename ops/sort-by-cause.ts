type Caused = { readonly causationId: string | null; readonly time: string | Date };

/** Events by time, but none before its cause: the clocks of the databases may differ. */
export const sortByCause = <E extends Caused>(events: readonly E[], idOf: (event: E) => string): E[] => {
  const waiting = events
    .map((event) => ({ event, id: idOf(event), at: new Date(event.time).getTime() }))
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const known = new Set(waiting.map(({ id }) => id));
  const sorted: E[] = [];
  const placed = new Set<string>();
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      ({ event: { causationId } }) => causationId === null || placed.has(causationId) || !known.has(causationId),
    );
    // Events that cause each other in a circle are nonsense, but shown.
    const [first] = waiting.splice(Math.max(0, next), 1);
    if (!first) break;
    sorted.push(first.event);
    placed.add(first.id);
  }
  return sorted;
};
