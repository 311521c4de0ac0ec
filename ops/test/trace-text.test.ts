import { services } from '@quadrille/services';
import { describe, expect, it } from 'vitest';
import { toMermaid } from '../cli/trace-mermaid.ts';
import { describeTrace } from '../cli/trace-text.ts';
import { sortByCause } from '../sort-by-cause.ts';
import type { Timeline, TimelineEvent } from '../timeline.ts';
import { toTrace } from '../trace.ts';

const orderId = '11111111-1111-4111-8111-111111111111';
const start = Date.parse('2026-01-01T00:00:00.000Z');
const at = (ms: number) => new Date(start + ms);

const event = (
  id: string,
  type: string,
  publisher: string,
  ms: number,
  rest: Partial<TimelineEvent> = {},
): TimelineEvent => ({
  ...{ id, type, publisher, time: at(ms).toISOString(), version: 1, topic: `${publisher}-events` },
  ...{ correlationId: orderId, causationId: null, traceparent: '', data: {} },
  ...{ publication: 'published', refusal: null, deliveries: [] },
  ...rest,
});

const story: Timeline = {
  orderId,
  events: [
    event('a', 'order-created', 'order', 0, {
      data: { note: 'a <b>bold</b> \u001b[31mline' },
      deliveries: [{ service: 'stock', takenAt: at(12), parked: null }],
    }),
    event('b', 'stock-reserved', 'stock', 12, {
      causationId: 'a',
      deliveries: [
        { service: 'order', takenAt: null, parked: null },
        {
          service: 'coupon',
          takenAt: null,
          parked: { seq: 7, cause: 'of <script> shape; #1', attempts: 2, parkedAt: at(2_000), discardedAt: null },
        },
      ],
    }),
    event('c', 'order-cancelled', 'order', 500, { publication: 'waiting' }),
  ],
  kept: {},
};

describe('a trace', () => {
  const trace = toTrace(story, at(62_000), 0);

  it('is a table of events with latencies, and what the order waits for', () => {
    expect(describeTrace(trace, false).split('\n')).toEqual([
      `Order ${orderId}: the order service does not know it`,
      '',
      'time          after   service  event            received by',
      '00:00:00.000          order    order-created    stock 12 ms',
      '00:00:00.012  +12 ms  stock    stock-reserved   order has not yet, parked by coupon as 7 after 2 attempts: of <script> shape; #1',
      '00:00:00.500          order    order-cancelled  not published yet',
      '',
      'Waits for an operator to retry or discard stock-reserved, which coupon could not apply: of <script> shape; #1, since 60 s (2026-01-01T00:00:02.000Z).',
    ]);
  });

  it('shows what events say without what a terminal would obey', () => {
    const text = describeTrace(trace, true);
    expect(text).toContain('<b>bold</b>');
    expect(text).not.toContain('\u001b');
  });

  it('is a sequence diagram whose labels end nothing and begin nothing', () => {
    expect(
      toMermaid(trace)
        .split('\n')
        .slice(3 + services.length),
    ).toEqual([
      '  customer->>order: submit',
      '  order->>stock: order-created (12 ms)',
      '  stock--)order: stock-reserved (not processed yet)',
      '  stock-xcoupon: stock-reserved (parked: of  script  shape   1)',
      '  Note over order: order-cancelled',
      '  Note over order: waits for an operator to retry or discard stock-reserved, which coupon could not apply: of  script  shape   1, since 60 s',
    ]);
  });

  it('has each event after its cause, whatever the clocks say', () => {
    const [a, b, c] = [
      event('a', 'x', 'p', 10),
      event('b', 'x', 'p', 5, { causationId: 'a' }),
      event('c', 'x', 'p', 1, { causationId: 'gone' }),
    ];
    expect(sortByCause([b, a, c], ({ id }) => id).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    const circle = [event('d', 'x', 'p', 1, { causationId: 'e' }), event('e', 'x', 'p', 2, { causationId: 'd' })];
    expect(sortByCause(circle, ({ id }) => id)).toHaveLength(2);
  });
});
