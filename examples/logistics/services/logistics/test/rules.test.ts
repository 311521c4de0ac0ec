import { sampleOf } from '@quadrille/contracts/test/sample-event';
import { everyWay, inWords, now, orderId, received, unlawful, waysThatBreak } from '@quadrille/participant/test/fold';
import { describe, expect, it } from 'vitest';
import { decide, type LogisticsState, type Received, subscribes } from '../rules.ts';
import type { LogisticsStatus } from '../schema.ts';

type Status = LogisticsStatus | 'no row';

const events = Object.fromEntries(subscribes.map((event) => [event.type, received(sampleOf(event))])) as Record<
  Received['type'],
  Received
>;
const home = { userId: 1, address: 'some street' };
const given = (status: Status, address: LogisticsState['address'] | null = home): LogisticsState => ({
  entry:
    status === 'no row'
      ? undefined
      : { orderId, seen: ['order-created'], userId: 1, trackingId: null, status, updatedAt: now },
  address: address ?? undefined,
});
const rule = (state: LogisticsState, event: Received) => decide(state, event, now);

/** The lines of logistics in the choreography: what becomes of an order in this status when this event comes, and what is published. */
const choreography: Record<Status, Record<Received['type'], string>> = {
  'no row': {
    'order-created': 'waiting',
    'payment-succeeded': 'waiting',
    'order-cancelled': 'tombstone, says shipment-cancelled (nothing-to-undo)',
  },
  waiting: {
    'order-created': 'nothing',
    'payment-succeeded': 'done, says shipment-created',
    'order-cancelled': 'tombstone, says shipment-cancelled (nothing-to-undo)',
  },
  done: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'order-cancelled': 'undone, says shipment-cancelled (undone)',
  },
  rejected: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'order-cancelled': 'says shipment-cancelled (nothing-to-undo)',
  },
  undone: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'order-cancelled': 'says shipment-cancelled (nothing-to-undo)',
  },
  tombstone: {
    'order-created': 'nothing',
    'payment-succeeded': 'nothing',
    'order-cancelled': 'says shipment-cancelled (nothing-to-undo)',
  },
};

describe('logistics, line by line', () => {
  for (const status of Object.keys(choreography) as Status[])
    it.each(Object.entries(choreography[status]))(`${status}: %s -> %s`, (type, expected) => {
      const { state, emit } = rule(given(status), events[type as Received['type']]);
      expect(inWords(state?.entry?.status, emit)).toBe(expected);
      expect(unlawful('logistics', emit ?? [])).toEqual([]);
    });
});

describe('an order of a user whose address is not known', () => {
  it('waits for its payment', () => {
    const { state, emit } = rule(given('no row', null), events['order-created']);
    expect(inWords(state?.entry?.status, emit)).toBe('waiting');
  });

  it('is refused when it is paid', () => {
    const { state, emit = [] } = rule(given('waiting', null), events['payment-succeeded']);
    expect(inWords(state?.entry?.status, emit)).toBe('rejected, says shipment-refused');
    expect(unlawful('logistics', emit)).toEqual([]);
  });
});

describe('logistics, whatever order the topics deliver in', () => {
  it('comes to the same end', () => {
    const steps = everyWay(rule, given('no row'), Object.values(events));
    const ends: readonly (string | undefined)[] = ['undone', 'tombstone'];
    expect(waysThatBreak(steps, ({ complete, after }) => !complete || ends.includes(after.entry?.status))).toEqual([]);
  });
});
