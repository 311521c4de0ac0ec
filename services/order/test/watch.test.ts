import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Order } from '../schema.ts';
import { createWatch, type Watch } from '../watch.ts';
import { after } from './happenings.ts';

const submitted = after();
const orderOf = (orderId: string, version = 1): Order => ({ ...submitted, orderId, version });
const second = 1_000;

describe('watching orders', () => {
  let watch: Watch;
  /** What the database holds, and which orders were looked up, by look. */
  let stored: Map<string, Order>;
  let looks: (readonly string[])[];
  let failing: boolean;
  beforeEach(() => {
    vi.useFakeTimers();
    stored = new Map();
    looks = [];
    failing = false;
    watch = createWatch(async (orderIds) => {
      looks.push(orderIds);
      if (failing) throw new Error('the database is away');
      return new Map(orderIds.flatMap((id) => [...stored].filter(([key]) => key === id)));
    });
  });
  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  /** Notes the versions told of an order. */
  const listen = (orderId: string) => {
    const received: number[] = [];
    return { received, off: watch.on(orderId, ({ version }) => received.push(version)) };
  };

  it('tells everyone who watches an order, and nobody else, without a look', () => {
    const [one, another, other] = [listen('a'), listen('a'), listen('b')];
    watch.changed([orderOf('a', 2), orderOf('c', 1)]);
    one.off();
    watch.changed([orderOf('a', 3)]);
    expect([one.received, another.received, other.received]).toEqual([[2], [2, 3], []]);
    expect(looks).toEqual([]);
  });

  it('looks orders up that another instance may have changed: after one second, then two, four, eight, sixteen, sixteen ...', async () => {
    const { received } = listen('a');
    const at: number[] = [];
    for (let passed = 1; passed <= 64; passed++) {
      await vi.advanceTimersByTimeAsync(second);
      if (looks.length > at.length) at.push(passed);
    }
    expect(at).toEqual([1, 3, 7, 15, 31, 47, 63]);
    stored.set('a', orderOf('a', 2));
    await vi.advanceTimersByTimeAsync(16 * second);
    expect(received).toEqual([2]);
  });

  it('looks up all that are due in one statement, a thousand at a time', async () => {
    for (let index = 0; index < 2_500; index++) listen(`order ${index}`);
    for (let index = 0; index < 2_500; index++) listen(`order ${index}`);
    await vi.advanceTimersByTimeAsync(second);
    expect(looks.map((orderIds) => orderIds.length)).toEqual([1_000, 1_000, 500]);
  });

  it('looks nothing up when nobody watches any more', async () => {
    const [one, another] = [listen('a'), listen('a')];
    one.off();
    one.off();
    await vi.advanceTimersByTimeAsync(second);
    expect(looks).toHaveLength(1);
    another.off();
    await vi.advanceTimersByTimeAsync(60 * second);
    expect(looks).toHaveLength(1);
  });

  it('lives through a look that fails, and makes it good with the next', async () => {
    const { received } = listen('a');
    stored.set('a', orderOf('a', 2));
    failing = true;
    await vi.advanceTimersByTimeAsync(second);
    failing = false;
    expect(received).toEqual([]);
    await vi.advanceTimersByTimeAsync(2 * second);
    expect(received).toEqual([2]);
  });

  it('never tells an older state after a newer one', async () => {
    const { received } = listen('a');
    stored.set('a', orderOf('a', 2));
    watch.changed([orderOf('a', 3)]);
    await vi.advanceTimersByTimeAsync(second);
    expect(looks).toHaveLength(1);
    expect(received).toEqual([3]);
    expect(watch.lately('a')?.version).toBe(3);
  });

  it('remembers the ten thousand orders that changed last', () => {
    watch.changed([orderOf('a'), orderOf('b')]);
    for (let index = 0; index < 9_998; index++) watch.changed([orderOf(`order ${index}`)]);
    watch.changed([orderOf('a', 2), orderOf('c')]);
    expect(watch.lately('a')?.version).toBe(2);
    expect(watch.lately('b')).toBeUndefined();
    expect(watch.lately('c')?.version).toBe(1);
    expect(watch.lately('order 0')?.version).toBe(1);
  });

  it('stops', async () => {
    listen('a');
    watch.stop();
    await vi.advanceTimersByTimeAsync(60 * second);
    expect(looks).toEqual([]);
  });
});
