import { randomUUID } from 'node:crypto';
import { events } from '@quadrille/contracts/catalogue';
import { encodeEvent } from '@quadrille/contracts/cloudevents';
import type { Codec } from '../../runtime/kafka/test/foreign-client.ts';
import { received } from './events.ts';
import type { Random } from './random.ts';

type Bytes = Buffer | string;
type Headers = Record<string, Bytes | Bytes[]>;

/** A record as a foreign client may write it. */
export type ForeignRecord = {
  readonly key: Bytes | null;
  readonly value: Bytes | null;
  readonly headers: Headers;
};

export type ForeignBatch = {
  readonly codec: Codec;
  readonly records: readonly ForeignRecord[];
  /** In ms since 1970. */
  readonly timestamp: number;
};

const noHeaders = (): Headers => Object.create(null);
const attributes = [
  ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_dataschema', 'ce_time', 'ce_correlationid', 'ce_subject'],
  ...['ce_causationid', 'traceparent', 'content-type'],
];
const namesOfPrototype = Object.getOwnPropertyNames(Object.prototype);
const texts = [
  '',
  '0',
  '1.0',
  'null',
  "'; DROP TABLE parked; -- ",
  '\u001b[2J',
  'ü🔑\u0000',
  '{"a":',
  '-1',
  '__proto__',
];

/**
 * Arbitrary records, the same for the same seed. None of them claims to be an event of ours that a service could apply, and none without a
 * type has the key of a living order: it would rightly hold that order back.
 */
export const foreignRecords = (random: Random, orderIds: () => readonly string[]) => {
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)));
  const text = (): Bytes => (random.below(4) === 0 ? bytes(random.below(60)) : random.pick(texts));
  const name = (): string =>
    random.pick([random.pick(attributes), random.pick(namesOfPrototype), `h${random.below(1e6)}`, random.pick(texts)]);

  const someHeaders = (): Headers => {
    const headers = noHeaders();
    const count = random.below(500) === 0 ? 5_000 : random.below(6);
    for (let index = 0; index < count; index++)
      headers[count > 6 ? `h${index}` : name()] = random.below(6) === 0 ? [text(), text()] : text();
    // A type that can be read would be passed over.
    if (random.below(2)) delete headers.ce_type;
    return headers;
  };
  const value = (): Bytes | null => {
    const kind = random.below(400);
    if (kind === 0) return bytes(1_000).toString('base64').repeat(150);
    if (kind < 100) return null;
    return kind < 250 ? JSON.stringify({ [name()]: text().toString(), n: random.next() * 2 ** 60 }) : text();
  };

  /** Of a type that nobody knows; some are about orders that live. */
  const ofUnknownType = (): ForeignRecord => {
    const type = `type-${random.below(300)}`;
    const headers = noHeaders();
    for (const attribute of attributes) if (random.below(3)) headers[attribute] = text();
    headers.ce_type = type;
    headers.ce_dataschema = `urn:quadrille:event:${type}:1`;
    const orders = orderIds();
    return { key: orders.length > 0 ? random.pick(orders) : null, headers, value: value() };
  };
  const anything = (): ForeignRecord => ({
    key: random.pick([null, '', text(), bytes(36), randomUUID(), 'k'.repeat(5_000)]),
    headers: someHeaders(),
    value: value(),
  });

  /** A sound event with one thing wrong, of the services' own types. */
  const brokenEvent = (topic: string): ForeignRecord => {
    const { type, version, publisher } = random.pick(events.filter((event) => event.topic === topic));
    const event = received(randomUUID(), { type, version, topic, publisher, data: {} });
    const { key, headers } = encodeEvent(event, Buffer.from('{}'));
    const broken: Headers = Object.assign(noHeaders(), headers);
    const attribute = random.pick(attributes);
    if (random.below(2)) broken[attribute] = random.pick([text(), ['a', 'b'], 'x'.repeat(70_000)]);
    return { key, headers: broken, value: Buffer.from('{}') };
  };

  const size = (): number => random.pick([1, 10, 100, 300]);
  const times = [0, 1, Date.parse('2001-01-01'), Date.now(), Date.now() + 3_000_000];
  return {
    brokenEvent,
    batch: (): ForeignBatch => ({
      codec: random.pick(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
      timestamp: random.pick(times),
      records: Array.from({ length: size() }, () => (random.below(10) < 8 ? ofUnknownType() : anything())),
    }),
    /** A few kilobytes, and many megabytes once they are unfolded. */
    bomb: (): ForeignBatch => ({
      codec: random.pick(['gzip', 'lz4', 'zstd']),
      timestamp: Date.now(),
      records: [{ key: null, headers: noHeaders(), value: Buffer.alloc(20 * 2 ** 20) }],
    }),
  };
};
