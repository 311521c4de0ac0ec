/**
 * Adaptive batching: items that arrive while a batch runs are the next batch. Nobody waits for a timer; when idle, an item is a
 * batch of its own at once; under load batches grow by themselves (R11).
 */
export type Queue<Item, Result> = {
  /** Resolves with the items' results, in their order. Items of one call stay together and in order. */
  readonly add: (items: readonly Item[]) => Promise<Result[]>;
  /** Resolves when nothing is queued or running. */
  readonly idle: () => Promise<void>;
};

type Entry<Item, Result> = {
  readonly items: readonly Item[];
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: unknown) => void;
};

/** @param run decides a batch; its results are in the order of the items. One runs at a time. @param limit items in one batch */
export const createQueue = <Item, Result>(
  run: (items: readonly Item[]) => Promise<Result[]>,
  limit: number,
): Queue<Item, Result> => {
  let waiting: Entry<Item, Result>[] = [];
  let running: Promise<void> | null = null;

  const nextBatch = (): Entry<Item, Result>[] => {
    let size = 0;
    const end = waiting.findIndex((entry, index) => {
      size += entry.items.length;
      return index > 0 && size > limit;
    });
    const batch = end === -1 ? waiting : waiting.slice(0, end);
    waiting = end === -1 ? [] : waiting.slice(end);
    return batch;
  };

  const drain = async () => {
    // Whatever else arrives in this turn of the event loop (the other partitions of a fetch) joins the first batch.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = nextBatch();
      try {
        const results = await run(batch.flatMap((entry) => entry.items));
        let from = 0;
        for (const { items, resolve } of batch) {
          resolve(results.slice(from, from + items.length));
          from += items.length;
        }
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    running = null;
  };

  return {
    add: (items) =>
      new Promise((resolve, reject) => {
        if (items.length === 0) return resolve([]);
        waiting.push({ items, resolve, reject });
        running ??= drain();
      }),
    idle: async () => {
      while (running !== null) await running;
    },
  };
};
