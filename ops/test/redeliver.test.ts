import type { Storage } from '@quadrille/db/storage';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HandleOfService } from '../cluster.ts';
import { redeliver } from '../replay/redeliver.ts';
import type { Selected, Source } from '../replay/source.ts';

/** Time that passes only where somebody waits. */
const clock = vi.hoisted(() => ({ now: 0 }));
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => {
    clock.now += ms;
  },
}));

const events = (count: number): Selected[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ id: `e${index}`, type: 'order-created', orderId: `o${index % 7}`, time: '2026-01-01T00:00:00.000Z' },
    record: {
      ...{ topic: 'order-events', partition: 0, offset: String(index) },
      ...{ key: null, headers: {}, value: Buffer.from(`e${index}`) },
    },
  }));

/** A service that applies everything but the events that it cannot. */
const memberFailing = (...bad: string[]) => {
  const batches: string[][] = [];
  const handle = {
    name: 'stock',
    take: async (_storage, records, confirm) => {
      const ids = records.map(({ value }) => String(value));
      const outcomes = ids.map((id) =>
        bad.includes(id)
          ? { kind: 'parked' as const, cause: `no ${id}` }
          : { kind: 'applied' as const, emitted: [], state: {} },
      );
      confirm?.(outcomes as never);
      batches.push(ids);
      return outcomes as never;
    },
  } satisfies Partial<HandleOfService> as unknown as HandleOfService;
  return { handle, batches };
};

const storage: Storage = { transact: () => Promise.reject(new Error('nothing is a duplicate')) };
const sourceOf =
  (selected: readonly Selected[]): Source =>
  (_, take) =>
    take(selected, { at: 1 });

describe('a redelivery', () => {
  beforeEach(() => {
    clock.now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
  });
  afterEach(() => vi.restoreAllMocks());

  const run = (handle: HandleOfService, selected: readonly Selected[], rate: number, stopAfter: number) => {
    const signal = new AbortController().signal;
    const watching = { onResult: () => {}, onProgress: () => {}, signal };
    return redeliver(handle, storage, sourceOf(selected), null, { rate, stopAfter, ...watching });
  };

  it('begins with one event, doubles as long as all goes well, and begins anew behind one that cannot be applied', async () => {
    const { handle, batches } = memberFailing('e20');
    const done = await run(handle, events(60), Number.POSITIVE_INFINITY, 2);
    // A batch with the bad one in it is undone, and begun anew with one event: e15, e18, e19, and e20 itself.
    expect(batches.map(({ length }) => length)).toEqual([...[1, 2, 4, 8], ...[1, 2], 1, 1, 1, ...[1, 2, 4, 8, 16, 8]]);
    expect(batches.flat()).toEqual(events(60).map(({ id }) => id));
    expect(done).toMatchObject({ events: 60, effects: { applies: 59, parks: 1 }, stopped: null });
  });

  it('stops by itself when failures return', async () => {
    const { handle, batches } = memberFailing('e3', 'e9');
    const done = await run(handle, events(60), Number.POSITIVE_INFINITY, 2);
    expect(batches.flat().at(-1)).toBe('e9');
    expect(done).toMatchObject({ events: 10, stopped: 'order-created of order o2 cannot be applied: no e9' });
  });

  it('lets no more events through in a second than it was told', async () => {
    const { handle } = memberFailing();
    await run(handle, events(1_000), 50, 1);
    expect(clock.now).toBe(20_000);
  });
});
