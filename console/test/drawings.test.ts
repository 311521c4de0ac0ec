import type { Event } from '@quadrille/contracts/event';
import { html, toText } from '@quadrille/process/html';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/support/random.ts';
import { lineChart } from '../pages/chart.ts';
import { diagram } from '../pages/diagram.ts';
import { buckets } from '../projection/minutes.ts';
import { observe } from '../projection/order.ts';
import { percentilesOf } from '../read/rates.ts';
import { toTimeline } from '../read/timeline.ts';
import type { EventRow, OrderRow } from '../schema.ts';
import { type Kind, tell } from './scenarios.ts';

const noon = Date.parse('2026-05-04T12:00:00.000Z');

const toRow = (event: Event): EventRow => ({
  ...{ orderId: event.correlationId, eventId: event.id, type: event.type, version: 1, causationId: event.causationId },
  ...{ traceparent: event.traceparent, time: new Date(event.time), topic: event.topic, partition: 0, offset: 0 },
  payload: Buffer.from(JSON.stringify(event.data)),
  seenAt: new Date(event.time),
});

const drawn = (kind: Kind) => {
  const { events } = tell(randomFrom(4), kind, noon);
  const row = events.reduce<OrderRow | undefined>((before, event) => observe(before, event), undefined) as OrderRow;
  const story = toTimeline(randomFrom(1).shuffle(events).map(toRow));
  const [wide = ''] = toText(diagram(story, row)).split('narrow-only');
  const count = (pattern: RegExp) => [...wide.matchAll(pattern)].length;
  return {
    events,
    story,
    wide,
    arrows: count(/class="arrow forward"/g),
    undone: count(/class="arrow undo"/g),
    awaited: count(/class="arrow awaited"/g),
  };
};

describe('the diagram of an order', () => {
  it('has an arrow for each event that has a cause, and none for the others', () => {
    expect(drawn('placed')).toMatchObject({ arrows: 3, undone: 0, awaited: 0 });
  });

  it('marks compensations', () => {
    expect(drawn('coupon refused')).toMatchObject({ arrows: 1, undone: 2 });
    expect(drawn('cancelled when placed')).toMatchObject({ arrows: 3, undone: 3 });
  });

  it('shows whom it waits for', () => {
    expect(drawn('submitted').awaited).toBe(1);
    expect(drawn('cancelled, stock away').awaited).toBe(1);
    expect(drawn('placed').wide).toContain('waits for the customer to pay');
  });

  it('says in words what it shows', () => {
    const { wide } = drawn('submitted');
    expect(wide).toContain('aria-label="order says order-created; then it waits for stock"');
  });
});

describe('a story', () => {
  it('tells an event after its cause, though a clock says otherwise, and also when its cause is not known', () => {
    const { events } = tell(randomFrom(4), 'placed', noon);
    const rows = events.map(toRow).map((row, index) => (index === 1 ? { ...row, time: new Date(noon - 500) } : row));
    expect(toTimeline(rows).map(({ type }) => type)).toEqual([
      'order-created',
      'stock-reserved',
      'coupon-applied',
      'payment-created',
    ]);
    const [, ...others] = rows;
    const [first] = toTimeline(others);
    expect(first).toMatchObject({ type: 'stock-reserved', cause: null, sinceCause: null });
  });

  it('is told to its end, though events are each other’s cause', () => {
    const { events } = tell(randomFrom(4), 'placed', noon);
    const rows = events.map(toRow);
    const circle = rows.map((row, index) => ({
      ...row,
      causationId: rows[(index + 1) % rows.length]?.eventId ?? null,
    }));
    expect(toTimeline(circle)).toHaveLength(4);
  });
});

describe('a chart', () => {
  const chart = (values: (number | null)[]) =>
    toText(
      lineChart({
        id: 'c',
        title: 'T',
        times: values.map((_, at) => new Date(noon + at * 60_000).toISOString()),
        series: [{ name: 'n', values }],
        show: String,
      }),
    );

  it('breaks its line where there is no value, and has all values in a table', () => {
    const text = chart([1, null, 3, 4]);
    const path = /class="line c1" d="([^"]+)"/.exec(text)?.[1] ?? '';
    expect(path.match(/M/g)).toHaveLength(2);
    expect([...text.matchAll(/<td class="number">([^<]+)</g)].map(([, value]) => value)).toEqual(['4', '3', '–', '1']);
  });

  it.each([[[]], [[0, 0]], [[null]], [[1e9]]])('draws %j without a number that is none', (values) => {
    expect(chart(values)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('escapes what it is given', () => {
    expect(toText(html`${lineChart({ id: 'c', title: '<b>', times: [], series: [], show: String })}`)).not.toContain(
      '<b>',
    );
  });
});

describe('percentiles', () => {
  it('lie in the bucket that holds them', () => {
    const counts: Record<string, number> = { 50: 90, 500: 9, 5000: 1 };
    const { p50, p95, p99 } = percentilesOf((bound) => counts[bound] ?? 0);
    expect(p50).toBeGreaterThan(35);
    expect(p50).toBeLessThanOrEqual(50);
    expect(p95).toBeGreaterThan(350);
    expect(p99).toBe(500);
  });

  it('are none without a count, and at most the greatest bound', () => {
    expect(percentilesOf(() => 0)).toEqual({ p50: null, p95: null, p99: null });
    expect(percentilesOf((bound) => (bound === 'more' ? 5 : 0)).p50).toBe(buckets.at(-1));
  });
});
