import { describe, expect, it } from 'vitest';
import type { ParkedDelivery } from '../parked-delivery.ts';
import type { TimelineEvent } from '../timeline.ts';
import { waitingOf } from '../waiting.ts';

const now = new Date('2026-01-01T00:10:00.000Z');
const parkedAt = new Date('2026-01-01T00:05:00.000Z');

/** An event that stock has set aside. */
const event = (type: string, parked: Partial<ParkedDelivery> | null): TimelineEvent => ({
  ...{ id: type, type, publisher: 'order', time: '2026-01-01T00:00:00.000Z', version: 1, topic: 'order-events' },
  ...{ correlationId: 'o', causationId: null, traceparent: '', data: {} },
  ...{ publication: 'published', refusal: null },
  deliveries: [
    {
      service: 'stock',
      takenAt: null,
      parked: parked && { ...{ seq: 1, cause: 'no count', attempts: 1, parkedAt, discardedAt: null }, ...parked },
    },
  ],
});

describe('what an order waits for', () => {
  const waits = (...events: TimelineEvent[]) => waitingOf({ orderId: 'o', events, kept: {} }, now)?.what;

  it('is what failed, before what waits behind it', () => {
    const events = [event('order-cancelled', { attempts: 0 }), event('order-created', {})];
    expect(waits(...events)).toBe(
      'an operator to retry or discard order-created, which stock could not apply: no count',
    );
  });

  it('is a parked record that nobody of ours has published, where only what is behind it is known', () => {
    expect(waits(event('order-cancelled', { attempts: 0 }))).toBe(
      'an operator to retry or discard what blocks order-cancelled in stock',
    );
  });

  it('is the service that has not processed an event, and nobody any more once that is given up', () => {
    expect(waits(event('order-created', null))).toBe('stock to process order-created');
    expect(waits(event('order-created', { discardedAt: parkedAt }))).toBeUndefined();
  });
});
