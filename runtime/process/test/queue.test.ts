import { describe, expect, it } from 'vitest';
import { createQueue } from '../queue.ts';

type Batch = {
  readonly items: readonly string[];
  /** Ends the batch: each item's result is the item in capitals. */
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
};

/** A queue whose batches run until the test ends them. */
const queueOf = ({ limit = 10 } = {}) => {
  const begun: Batch[] = [];
  let tell: (() => void) | undefined;
  const queue = createQueue<string, string>(
    (items) =>
      new Promise((resolve, reject) => {
        begun.push({ items, finish: () => resolve(items.map((item) => item.toUpperCase())), fail: reject });
        tell?.();
      }),
    limit,
  );
  /** The next batch, once it has begun. */
  const batch = async (): Promise<Batch> => {
    for (;;) {
      const next = begun.shift();
      if (next) return next;
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  };
  return { ...queue, batch, begun };
};

describe('queue', () => {
  it('makes what comes at once one batch, and gives each caller its own results', async () => {
    const { add, batch } = queueOf();
    const results = [add(['a', 'b']), add([]), add(['c'])];
    const only = await batch();
    expect(only.items).toEqual(['a', 'b', 'c']);
    only.finish();
    expect(await Promise.all(results)).toEqual([['A', 'B'], [], ['C']]);
  });

  it('makes what comes while a batch runs the next batch, in order', async () => {
    const { add, batch, begun } = queueOf();
    const results = [add(['a'])];
    const first = await batch();
    results.push(add(['b', 'c']), add(['d']));
    expect(begun).toEqual([]);
    first.finish();
    const second = await batch();
    results.push(add(['e']));
    expect([first.items, second.items]).toEqual([['a'], ['b', 'c', 'd']]);
    second.finish();
    const third = await batch();
    expect(third.items).toEqual(['e']);
    third.finish();
    expect(await Promise.all(results)).toEqual([['A'], ['B', 'C'], ['D'], ['E']]);
  });

  it.each<[what: string, calls: string[][], batches: string[][]]>([
    ['fills a batch up to the limit', [['a'], ['b', 'c'], ['d']], [['a', 'b', 'c'], ['d']]],
    [
      'never tears a call apart',
      [['a', 'b'], ['c', 'd'], ['e']],
      [
        ['a', 'b'],
        ['c', 'd', 'e'],
      ],
    ],
    ['runs a call over the limit alone', [['a'], ['b', 'c', 'd', 'e'], ['f']], [['a'], ['b', 'c', 'd', 'e'], ['f']]],
    ['runs a call over the limit that comes first', [['a', 'b', 'c', 'd'], ['e']], [['a', 'b', 'c', 'd'], ['e']]],
  ])('%s', async (_what, calls, batches) => {
    const { add, batch } = queueOf({ limit: 3 });
    const results = calls.map(add);
    for (const items of batches) {
      const next = await batch();
      expect(next.items).toEqual(items);
      next.finish();
    }
    expect(await Promise.all(results)).toEqual(calls.map((items) => items.map((item) => item.toUpperCase())));
  });

  it('lets a batch that fails fail alone', async () => {
    const { add, batch, idle } = queueOf({ limit: 2 });
    const outcomes = Promise.allSettled([add(['a']), add(['b']), add(['c'])]);
    const trouble = new Error('the database is away');
    (await batch()).fail(trouble);
    (await batch()).finish();
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: trouble },
      { status: 'rejected', reason: trouble },
      { status: 'fulfilled', value: ['C'] },
    ]);
    await idle();
    const again = add(['d']);
    (await batch()).finish();
    expect(await again).toEqual(['D']);
  });

  it('lets a batch that throws before it begins fail alone', async () => {
    const queue = createQueue<string, string>(() => {
      throw new Error('not even begun');
    }, 10);
    await expect(queue.add(['a'])).rejects.toThrow('not even begun');
    await queue.idle();
  });

  it('is idle when nothing is queued or running, also not what came meanwhile', async () => {
    const { add, batch, idle } = queueOf();
    await idle();
    const log: string[] = [];
    const results = [add(['a'])];
    const idling = idle().then(() => log.push('idle'));
    const first = await batch();
    results.push(add(['b']));
    first.finish();
    const second = await batch();
    log.push('second begun');
    second.finish();
    await idling;
    expect(log).toEqual(['second begun', 'idle']);
    expect(await Promise.all(results)).toEqual([['A'], ['B']]);
  });
});
