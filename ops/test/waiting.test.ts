import { describe, expect, it } from 'vitest';
import type { SetAside } from '../set-aside.ts';
import type { StoryEvent } from '../story.ts';
import { waitingOf } from '../waiting.ts';

const now = new Date('2026-01-01T00:10:00.000Z');
const parkedAt = new Date('2026-01-01T00:05:00.000Z');
const rows = { order: undefined, reservation: undefined, use: undefined, payment: undefined };

/** An event that stock has set aside. */
const event = (type: string, setAside: Partial<SetAside> | null): StoryEvent => ({
  ...{ id: type, type, publisher: 'order', time: '2026-01-01T00:00:00.000Z', version: 1, topic: 'order-events' },
  ...{ correlationId: 'o', causationId: null, traceparent: '', data: {} },
  ...{ publication: 'published', refusal: null },
  hearings: [
    {
      service: 'stock',
      takenAt: null,
      setAside: setAside && { ...{ seq: 1, cause: 'no count', attempts: 1, parkedAt, discardedAt: null }, ...setAside },
    },
  ],
});

describe('what an order waits for', () => {
  const waits = (...events: StoryEvent[]) => waitingOf({ orderId: 'o', events, rows }, now)?.what;

  it('is what failed, before what waits behind it', () => {
    const events = [event('order-cancelled', { attempts: 0 }), event('order-created', {})];
    expect(waits(...events)).toBe(
      'somebody to release or discard order-created, which stock could not apply: no count',
    );
  });

  it('is a parked record that nobody of ours has published, where only what is behind it is known', () => {
    expect(waits(event('order-cancelled', { attempts: 0 }))).toBe(
      'somebody to release or discard what order-cancelled waits behind in stock',
    );
  });

  it('is the service that has not taken in an event, and nobody any more once that is given up', () => {
    expect(waits(event('order-created', null))).toBe('stock to take in order-created');
    expect(waits(event('order-created', { discardedAt: parkedAt }))).toBeUndefined();
  });
});
