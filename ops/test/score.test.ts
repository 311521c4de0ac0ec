import { describe, expect, it } from 'vitest';
import { describeLive } from '../cli/score.ts';
import { compare, type LiveEdge, type Seen } from '../score/live.ts';
import { edgesOf, score } from '../score/score.ts';

const noon = Date.parse('2026-05-04T12:00:00.000Z');
const event = (id: string, type: string, publisher: string, after: number, causationId: string | null): Seen => ({
  ...{ id, type, publisher, causationId },
  at: noon + after,
});
/** An order that was placed, and one that stock rejected. */
const heard: readonly Seen[] = [
  event('a1', 'order-created', 'order', 0, null),
  event('a2', 'stock-reserved', 'stock', 10, 'a1'),
  event('a3', 'coupon-applied', 'coupon', 30, 'a2'),
  event('a4', 'payment-created', 'pay', 35, 'a3'),
  event('b1', 'order-created', 'order', 100, null),
  event('b2', 'stock-rejected', 'stock', 130, 'b1'),
];
const named = (edges: readonly LiveEdge[], received: string | null, published: string) =>
  edges.find((edge) => edge.received === received && edge.published === published);
const live = (seen: readonly Seen[]) => ({
  ...compare(score, seen),
  from: '2026-05-04T11:00:00.000Z',
  unreadable: 0,
  isCut: false,
});

describe('the score beside what the topics carry', () => {
  it('counts each edge, with its latency and when it came last', () => {
    const { events, causeNotRead, edges } = compare(score, heard);
    expect([events, causeNotRead]).toEqual([6, 0]);
    expect(named(edges, null, 'order-created')).toMatchObject({ state: 'heard', count: 2, causes: null, p50: null });
    expect(named(edges, 'order-created', 'stock-reserved')).toEqual({
      ...{ received: 'order-created', service: 'stock', published: 'stock-reserved' },
      ...{ state: 'heard', count: 1, causes: 2, p50: 10, p95: 10, last: '2026-05-04T12:00:00.010Z' },
    });
    expect(named(edges, 'order-created', 'stock-rejected')).toMatchObject({ count: 1, p50: 30 });
    expect(edges.map(({ published, received }) => [received, published])).toEqual(
      edgesOf(score).map(({ published, received }) => [received, published]),
    );
  });

  it('tells an edge that is silent, and whether its cause came', () => {
    const { edges } = compare(score, heard);
    expect(named(edges, 'stock-reserved', 'coupon-rejected')).toMatchObject({ state: 'silent', count: 0, causes: 1 });
    expect(named(edges, 'payment-failed', 'stock-released')).toMatchObject({ state: 'silent', count: 0, causes: 0 });
  });

  it('tells an edge that the score does not know, behind the others', () => {
    const { edges } = compare(score, [...heard, event('x', 'coupon-released', 'coupon', 40, 'a1')]);
    expect(edges.at(-1)).toMatchObject({
      state: 'unknown',
      received: 'order-created',
      published: 'coupon-released',
      count: 1,
    });
    expect(edges.filter(({ state }) => state === 'unknown')).toHaveLength(1);
    const alone = compare(score, [event('x', 'stock-reserved', 'stock', 40, null)]);
    expect(alone.edges.at(-1)).toMatchObject({ state: 'unknown', received: null, published: 'stock-reserved' });
  });

  it('counts an event once, however often it was published, and one whose cause is not there apart', () => {
    const [first] = heard;
    const { events, causeNotRead, edges } = compare(score, [
      ...heard,
      ...(first ? [first] : []),
      event('y', 'stock-released', 'stock', 50, 'gone'),
    ]);
    expect([events, causeNotRead]).toEqual([7, 1]);
    expect(named(edges, null, 'order-created')?.count).toBe(2);
    expect(edges.filter(({ state }) => state === 'unknown')).toEqual([]);
  });

  it('counts only what is young enough, and finds older causes', () => {
    const { events, edges } = compare(score, heard, noon + 5);
    expect(events).toBe(5);
    expect(named(edges, 'order-created', 'stock-reserved')).toMatchObject({ count: 1, p50: 10 });
    expect(named(edges, null, 'order-created')).toMatchObject({ count: 1 });
  });

  it('has an edge for events that a service publishes from a clock that is behind', () => {
    const { edges } = compare(score, [
      event('a', 'order-created', 'order', 0, null),
      event('b', 'stock-reserved', 'stock', -7, 'a'),
    ]);
    expect(named(edges, 'order-created', 'stock-reserved')).toMatchObject({ p50: 0, p95: 0 });
  });

  it('is said in words', () => {
    const calm = describeLive(live(heard));
    expect(calm).toContain('6 events since 2026-05-04T11:00:00.000Z');
    expect(calm).toMatch(/^order-created +stock +stock-reserved +1 +10 ms +10 ms +2026-05-04 12:00:00$/m);
    expect(calm).toMatch(/^stock-reserved +coupon +coupon-rejected +silent: the cause came 1 time$/m);
    expect(calm).toContain('The topics carry nothing that the score does not know.');
    const strange = describeLive(live([...heard, event('x', 'coupon-released', 'coupon', 40, 'a1')]));
    expect(strange).toMatch(/^order-created +coupon +coupon-released +1 unknown /m);
    expect(strange).toContain('1 edge that the score does not know');
  });
});
