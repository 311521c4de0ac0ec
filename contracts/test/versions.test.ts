import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { claimedVersion, decodeEvent, encodeData, encodeEvent, type ReceivedRecord } from '../cloudevents.ts';
import { couponApplied } from '../coupon-events.ts';
import { olderVersion, publisherOf } from '../event.ts';
import { versionsOf } from '../versions.ts';
import { travelling } from './golden-events.ts';

const thing = publisherOf('thing', 'thing-events');
const start = { kind: 'forward', after: null } as const;

describe('an event with older versions', () => {
  const made = thing('thing-made', 3, start, z.object({ cents: z.int().min(0), currency: z.string() }), {
    1: olderVersion(z.object({ euros: z.number() }), ({ euros }) => ({ cents: euros * 100 })),
    2: olderVersion(z.object({ cents: z.int() }), (data) => ({ ...data, currency: 'EUR' })),
  });
  const read = (version: number, data: unknown) => versionsOf(made)[version - 1]?.read(data);

  it('is read as the newest, whatever version it was published in', () => {
    const newest = { success: true, data: { cents: 200, currency: 'EUR' } };
    expect(versionsOf(made).map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(read(1, { euros: 2 })).toEqual(newest);
    expect(read(2, { cents: 200 })).toEqual(newest);
    expect(read(3, { cents: 200, currency: 'EUR' })).toEqual(newest);
  });

  it('is refused where it has not the shape of its own version', () => {
    expect(read(1, { cents: 200 })?.error?.issues[0]?.path).toEqual(['euros']);
    expect(read(3, { cents: 200 })?.error?.issues[0]?.path).toEqual(['currency']);
  });

  it('is refused where an upcaster makes of it what the newest version does not allow', () => {
    expect(read(1, { euros: -2 })?.error?.issues[0]?.path).toEqual(['cents']);
    expect(read(2, { cents: -200 })?.error?.issues[0]?.path).toEqual(['cents']);
  });

  it.each([
    ['none of two', {}],
    ['a gap', { 2: olderVersion(z.object({}), (data) => data) }],
    [
      'one too many',
      {
        1: olderVersion(z.object({}), (data) => data),
        2: olderVersion(z.object({}), (data) => data),
        3: olderVersion(z.object({}), (data) => data),
      },
    ],
  ])('cannot be declared with %s', (_what, older) => {
    expect(() => thing('thing-lost', 3, start, z.object({}), older)).toThrow(
      'thing-lost is at version 3: declare each version before it with its upcaster, and no others',
    );
  });
});

describe('a record of an older version', () => {
  const data = { userId: 1, couponId: 0, amount: 1100, discount: 0 };
  const event = travelling(couponApplied.of({ ...data, productId: 2, productCount: null }));
  const asVersion = (version: number, published: unknown): ReceivedRecord => {
    const { key, ...record } = encodeEvent({ ...event, version }, encodeData(published));
    return { ...record, key: Buffer.from(key) };
  };

  it('becomes an event of the newest version; its bytes stay', () => {
    const record = asVersion(1, { ...data, productId: 2 });
    const before = record.value?.toString();
    expect(decodeEvent(event.topic, record)).toEqual(event);
    expect(claimedVersion(record)).toBe(1);
    expect(record.value?.toString()).toBe(before);
  });

  it('is not read by the rules of another version', () => {
    expect(() => decodeEvent(event.topic, asVersion(1, { ...data, productId: null }))).toThrow(
      'the value of coupon-applied has the wrong shape: productId ',
    );
    expect(() => decodeEvent(event.topic, asVersion(2, data))).toThrow(
      'the value of coupon-applied has the wrong shape: productId ',
    );
  });

  it('that is newer than this release is refused, with what to do', () => {
    expect(() => decodeEvent(event.topic, asVersion(3, event.data))).toThrow(
      'unknown event type or version urn:quadrille:event:coupon-applied:3: this release reads coupon-applied up to version 2; upgrade what runs here, then retry',
    );
  });
});
