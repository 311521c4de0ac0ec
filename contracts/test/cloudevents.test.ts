import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeData, encodeEvent, type ReceivedRecord, UndecodableEvent } from '../cloudevents.ts';
import { couponApplied } from '../coupon-events.ts';
import { orderCreated } from '../order-events.ts';
import { paymentCreated } from '../payment-events.ts';
import { stockReserved } from '../stock-events.ts';
import { traceId } from '../trace.ts';
import { travelling } from './golden-events.ts';

const order = { userId: 1, productId: 1, productCount: 1, amount: 1100, couponId: 1 };
const event = travelling(orderCreated.of(order));
const topic = 'order-events';

const recordOf = (encoded: ReturnType<typeof encodeEvent>): ReceivedRecord => ({
  key: Buffer.from(encoded.key),
  headers: Object.fromEntries(Object.entries(encoded.headers).map(([name, text]) => [name, Buffer.from(text)])),
  value: encoded.value,
});
const record = recordOf(encodeEvent(event, encodeData(event.data)));
const withHeader = (name: string, value: string | string[] | undefined): ReceivedRecord => ({
  ...record,
  headers: { ...record.headers, [name]: value },
});
const withValue = (value: string | null): ReceivedRecord => ({
  ...record,
  value: value === null ? null : Buffer.from(value),
});
const withData = (data: unknown) => withValue(JSON.stringify(data));

/** What is wrong with the record, in the words of the error. */
const trouble = (received: ReceivedRecord, from = topic): string => {
  try {
    decodeEvent(from, received);
  } catch (error) {
    expect(error).toBeInstanceOf(UndecodableEvent);
    return (error as UndecodableEvent).message;
  }
  return 'none';
};

describe('encodeEvent', () => {
  it.each([
    ['an emoji', Buffer.from('{"message":"🔑 ü"}')],
    ['1e21', Buffer.from('{"amount":1e21}')],
    ['2^53 + 1', Buffer.from('{"amount":9007199254740993}')],
    ['a number as text', Buffer.from('{"amount":"10.5"}')],
    ['another spelling of the same', Buffer.from('{ "b" : 1.0,\n "a" : "\\u00fc" }')],
    ['no text at all', Buffer.from([0x00, 0xff, 0xc3])],
  ])('never touches the bytes of the value (R14): %s', (_what, stored) => {
    const bytes = stored.toString('hex');
    expect(encodeEvent(event, stored).value.toString('hex')).toBe(bytes);
  });

  it('says nothing of a cause when a person was it', () => {
    const { headers } = encodeEvent({ ...event, causationId: null }, record.value ?? Buffer.alloc(0));
    expect(headers).not.toHaveProperty('ce_causationid');
  });
});

describe('decodeEvent refuses', () => {
  it.each(['ce_specversion', 'ce_dataschema', 'ce_type', 'ce_source', 'ce_correlationid', 'ce_id', 'ce_time'])(
    'a record without %s',
    (name) => {
      expect(trouble(withHeader(name, undefined))).toBe(`header ${name} is missing`);
    },
  );

  it.each([
    ['ce_specversion', '0.3'],
    ['ce_dataschema', 'https://example.com/order-created'],
    ['ce_type', ''],
    ['ce_source', ''],
    ['ce_correlationid', 'order 1'],
    ['ce_correlationid', event.correlationId.toUpperCase()],
    ['ce_id', '1'],
    ['ce_id', `${event.id}\n`],
    ['ce_id', event.id.toUpperCase()],
    ['ce_causationid', ''],
    ['ce_causationid', event.id.toUpperCase()],
    ['ce_time', '2025-09-01T12:00:00Z'],
    ['ce_time', '2025-09-01 12:00:00.001'],
    ['ce_time', '2025-09-01T14:00:00.001+02:00'],
  ])('%s: %j', (name, value) => {
    expect(trouble(withHeader(name, value))).toBe(`header ${name} is malformed: ${value}`);
  });

  it.each([
    'ce_specversion',
    'ce_dataschema',
    'ce_type',
    'ce_source',
    'ce_correlationid',
    'ce_id',
    'ce_causationid',
    'ce_time',
  ])('B2: a record with %s more than once, whatever its values are', (name) => {
    const value = String(record.headers[name]);
    for (const values of [[value, value], [value, ''], ['', value], [value]])
      expect(trouble(withHeader(name, values))).toBe(`header ${name} is there more than once`);
  });

  it('B2: what is not all of a record, though what is there of it would be an event', () => {
    const flaw = 'it has 20000 headers; only the first 64 are kept';
    expect(trouble({ ...record, flaw })).toBe(flaw);
  });

  it('to repeat more of a malformed header than a log line bears', () => {
    expect(trouble(withHeader('ce_id', 'x'.repeat(100_000))).length).toBeLessThan(200);
    expect(trouble(withHeader('ce_dataschema', `urn:quadrille:event:${'x'.repeat(100_000)}`)).length).toBeLessThan(200);
  });

  it.each<[trouble: string, record: ReceivedRecord, topic?: string]>([
    ['the record key is not the correlation id', { ...record, key: Buffer.from(event.id) }],
    ['the record key is not the correlation id', { ...record, key: null }],
    ['order-created does not belong on topic stock-events', record, 'stock-events'],
    ['header ce_source is not the publisher of order-created', withHeader('ce_source', '/quadrille/stock')],
    ['header ce_type contradicts urn:quadrille:event:order-created:1', withHeader('ce_type', 'order-cancelled')],
    [
      'unknown event type or version urn:quadrille:event:order-eaten:1',
      withHeader('ce_dataschema', 'urn:quadrille:event:order-eaten:1'),
    ],
    [
      'unknown event type or version urn:quadrille:event:order-created:2',
      withHeader('ce_dataschema', 'urn:quadrille:event:order-created:2'),
    ],
    ['order-created has no value', withValue(null)],
    ['the value of order-created is not JSON', withValue('')],
    ['the value of order-created is not JSON', withValue('{"userId":1')],
    ['the value of order-created is not JSON', { ...record, value: Buffer.from([0x22, 0xff, 0x22]) }],
    ['the value of order-created has 2097152 bytes; 262144 are the most', withValue(' '.repeat(2 ** 21))],
    ['the value of order-created has the wrong shape', withValue('null')],
    ['the value of order-created has the wrong shape', withValue('[]')],
    ['the value of order-created has the wrong shape', withData({ ...order, amount: undefined })],
    ['the value of order-created has the wrong shape', withData({ ...order, productCount: 0 })],
    ['the value of order-created has the wrong shape', withData({ ...order, couponId: -1 })],
  ])('%s', (expected, received, from) => {
    expect(trouble(received, from).startsWith(expected)).toBe(true);
  });

  it.each([2 ** 53, 1_000_000_000_001, 1.5, -1, '1', null])('%j as money', (amount) => {
    expect(trouble(withData({ ...order, amount }))).toContain(
      'the value of order-created has the wrong shape: amount ',
    );
  });

  const noMoments = [
    '2026-13-45T99:99:99.999Z',
    '2026-02-30T12:00:00.000Z',
    '2025-02-29T12:00:00.000Z',
    '2026-06-30T23:59:60.000Z',
    '2026-06-30T24:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '+012026-01-01T00:00:00.000Z',
  ];
  it.each(noMoments)('B10: %j as the time of an event', (time) => {
    expect(trouble(withHeader('ce_time', time))).toBe(`header ce_time is malformed: ${time}`);
  });

  it.each([...noMoments, '2025-09-01T12:15:00Z', '2025-09-01T12:15:00.000', 'soon'])(
    'B10: %j as the time when a payment expires',
    (expiresAt) => {
      const sound = { paymentId: event.id, amount: 1, discount: 0, expiresAt: '2025-09-01T12:15:00.000Z' };
      const payment = travelling(paymentCreated.of(sound));
      const received = recordOf(encodeEvent(payment, encodeData({ ...sound, expiresAt })));
      expect(trouble(received, payment.topic)).toMatch(
        /^the value of payment-created has the wrong shape: expiresAt \((invalid_format|custom)\)/,
      );
    },
  );
});

describe('decodeEvent reads', () => {
  it('what a newer publisher adds, and leaves it out (R34)', () => {
    const received = withData({ ...order, currency: 'EUR', notes: { gift: true } });
    expect(decodeEvent(topic, { ...received, headers: { ...received.headers, ce_new: Buffer.from('1') } })).toEqual(
      event,
    );
  });

  it.each(['content-type', 'ce_subject'])('a record without %s, which it does not need', (name) => {
    expect(decodeEvent(topic, withHeader(name, undefined))).toEqual(event);
  });

  it('an event that a person caused', () => {
    expect(decodeEvent(topic, withHeader('ce_causationid', undefined))).toEqual({ ...event, causationId: null });
  });

  it.each<[what: string, header: string | string[] | undefined]>([
    ['none', undefined],
    ['nonsense', 'none'],
    ['nothing', ''],
    ['two', [event.traceparent, event.traceparent]],
    ['the trace that is none', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['the version that is none', `ff${event.traceparent.slice(2)}`],
    ['more than its version has', `${event.traceparent}-more`],
  ])('B8: an event whose trace context is invalid (%s), and gives it the trace of its order', (_what, header) => {
    const { traceparent, ...rest } = decodeEvent(topic, withHeader('traceparent', header));
    expect(rest).toEqual({ ...event, traceparent: undefined });
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceId(traceparent)).toBe(event.correlationId.replaceAll('-', ''));
    expect(decodeEvent(topic, withHeader('traceparent', header)).traceparent).toBe(traceparent);
  });

  it.each([
    ['cc', '03', '', '01'],
    ['cc', '02', '-what-comes-later', '00'],
    ['fe', '01', '-', '01'],
  ])(
    'B8: an event with a trace context of a later version %s, by its first four fields',
    (version, flags, more, ours) => {
      const fields = event.traceparent.slice(2, -2);
      const { traceparent } = decodeEvent(topic, withHeader('traceparent', `${version}${fields}${flags}${more}`));
      expect(traceparent).toBe(`00${fields}${ours}`);
    },
  );

  it('headers that come as text', () => {
    const { headers } = encodeEvent(event, encodeData(event.data));
    expect(decodeEvent(topic, { ...record, headers })).toEqual(event);
  });

  it('the largest and the smallest amounts', () => {
    const stock = travelling(stockReserved.of({ ...order, amount: 1_000_000_000_000, couponId: 0 }));
    const coupon = travelling(couponApplied.of({ ...order, couponId: 0, amount: 0, discount: 0 }));
    for (const each of [stock, coupon])
      expect(decodeEvent(each.topic, recordOf(encodeEvent(each, encodeData(each.data))))).toEqual(each);
  });
});
