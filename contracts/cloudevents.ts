import { isUtf8 } from 'node:buffer';
import { events } from './catalogue.ts';
import type { Event } from './event.ts';
import { faults } from './faults.ts';
import { readTraceparent, traceOfOrder } from './trace.ts';
import { isInstant } from './values.ts';
import { type ReadableVersion, versionsOf } from './versions.ts';

/** A Kafka record as CloudEvents 1.0 binds it in binary mode: attributes as `ce_*` headers, the data as JSON value. */
export type EncodedEvent = { readonly key: string; readonly headers: Record<string, string>; readonly value: Buffer };

/** A record as it comes from Kafka: anything may be missing or wrong. */
export type ReceivedRecord = {
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  readonly value: Buffer | null;
  /** Why this is not all of a record, or no single record, in words; absent: it is all of one. */
  readonly flaw?: string;
};

/** These bytes are not an event we know. Delivering them again cannot help. */
export class UndecodableEvent extends Error {
  override readonly name = 'UndecodableEvent';
}

/** The envelope without its data: what an outbox row holds in columns and Kafka in headers. */
export type Envelope = Omit<Event, 'data'>;

/** What the key of every record is: so all events of an order are in one partition of each topic, in their order. */
export const recordKey = 'correlationId' satisfies keyof Envelope;

export const encodeData = (data: unknown): Buffer => Buffer.from(JSON.stringify(data));

/** The one place where an event becomes a Kafka record. The value's bytes are taken as stored, never serialised again (R14). */
export const encodeEvent = (envelope: Envelope, value: Buffer): EncodedEvent => ({
  key: envelope[recordKey],
  headers: {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: envelope.id,
    ce_source: `/quadrille/${envelope.publisher}`,
    ce_type: envelope.type,
    ce_dataschema: dataschema(envelope.type, envelope.version),
    ce_subject: envelope.correlationId,
    ce_time: envelope.time,
    ce_correlationid: envelope.correlationId,
    ...(envelope.causationId === null ? {} : { ce_causationid: envelope.causationId }),
    traceparent: envelope.traceparent,
  },
  value,
});

const dataschemas = 'urn:quadrille:event:';
export const dataschema = (type: string, version: number) => `${dataschemas}${type}:${version}`;

const versions = new Map(
  events.flatMap(versionsOf).map((readable) => [dataschema(readable.definition.type, readable.version), readable]),
);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isUuid = (text: string) => text.length === 36 && uuid.test(text);

/**
 * The one place where a Kafka record becomes an event: an older version of it becomes the newest here, and nowhere else. A trace context that is missing or malformed is no fault (W3C): the event then has
 * the trace of its order.
 * @throws UndecodableEvent when the record has a flaw, an attribute is missing, malformed or there more than once, the type or version is
 *   unknown, the record came over another publisher's topic (a forgery), or the value is not JSON of that type's shape.
 */
export const decodeEvent = (topic: string, record: ReceivedRecord): Event => {
  if (record.flaw !== undefined) throw new UndecodableEvent(record.flaw);
  const attribute = (name: string, isGood: (value: string) => boolean): string => {
    if (Array.isArray(record.headers[name])) throw new UndecodableEvent(`header ${name} is there more than once`);
    const value = headerOf(record, name);
    if (value === undefined) throw new UndecodableEvent(`header ${name} is missing`);
    if (!isGood(value)) throw new UndecodableEvent(`header ${name} is malformed: ${value.slice(0, 80)}`);
    return value;
  };
  attribute('ce_specversion', (version) => version === '1.0');
  const schema = attribute('ce_dataschema', (urn) => urn.startsWith(dataschemas));
  const readable = versions.get(schema);
  if (!readable) throw new UndecodableEvent(`unknown event type or version ${schema.slice(0, 120)}${advice(record)}`);
  const { definition } = readable;
  if (attribute('ce_type', isSomething) !== definition.type)
    throw new UndecodableEvent(`header ce_type contradicts ${schema}`);
  if (topic !== definition.topic) throw new UndecodableEvent(`${definition.type} does not belong on topic ${topic}`);
  if (attribute('ce_source', isSomething) !== `/quadrille/${definition.publisher}`)
    throw new UndecodableEvent(`header ce_source is not the publisher of ${definition.type}`);
  const correlationId = attribute('ce_correlationid', isUuid);
  if (claimedOrder(record) !== correlationId) throw new UndecodableEvent('the record key is not the correlation id');
  const id = attribute('ce_id', isUuid);
  return {
    type: definition.type,
    version: definition.version,
    topic: definition.topic,
    publisher: definition.publisher,
    id,
    time: attribute('ce_time', isInstant),
    correlationId,
    // Debezium's router sends a null header where there is no cause.
    causationId: record.headers.ce_causationid == null ? null : attribute('ce_causationid', isUuid),
    traceparent: claimedTrace(record) ?? traceOfOrder(correlationId, id),
    data: parseData(readable, record.value),
  };
};

/** What to do about a version that is unknown. */
const advice = (record: ReceivedRecord): string => {
  const known = events.find(({ type }) => type === claimedSchemaType(record));
  return known
    ? `: this release reads ${known.type} up to version ${known.version}; upgrade what runs here, then retry`
    : '';
};

const isSomething = (text: string) => text !== '';

/** A header's text; undefined when it is missing, or there more than once: then it is unknown which of them is right. */
const headerOf = ({ headers }: ReceivedRecord, name: string): string | undefined => {
  const value = headers[name];
  return value == null || Array.isArray(value) ? undefined : value.toString();
};

/** The trace that a record claims to be in, whatever the rest of it: null when there is none. */
export const claimedTrace = (record: ReceivedRecord): string | null => readTraceparent(headerOf(record, 'traceparent'));

/** The type that a record claims to be, without a look at the rest: enough to pass over what a service does not subscribe to. */
export const claimedType = (record: ReceivedRecord): string | undefined => headerOf(record, 'ce_type') || undefined;

/** The type that a record's schema names. */
export const claimedSchemaType = (record: ReceivedRecord): string | undefined => {
  const schema = headerOf(record, 'ce_dataschema');
  return schema?.startsWith(dataschemas) ? schema.slice(dataschemas.length).split(':', 1)[0] : undefined;
};

/** The version that a record's schema names: the one of its bytes, as they were published. */
export const claimedVersion = (record: ReceivedRecord): number =>
  Number(headerOf(record, 'ce_dataschema')?.split(':').at(-1));

/** Whether a record claims to come from the publisher of the type that it claims. */
export const claimsOwnSource = (record: ReceivedRecord): boolean => {
  const type = claimedType(record);
  const source = headerOf(record, 'ce_source');
  return events.some((event) => event.type === type && source === `/quadrille/${event.publisher}`);
};

/** The order that a record is about by its key, whatever the rest of it: null when the key is no order id. */
export const claimedOrder = ({ key }: ReceivedRecord): string | null => {
  // A key may be of any length.
  const text = key?.length === 36 ? key.toString() : '';
  return isUuid(text) ? text : null;
};

/** Far above what any event needs. Longer values are refused without parsing. */
const largestValue = 262_144;

const parseData = ({ definition: { type }, read }: ReadableVersion, value: Buffer | null): unknown => {
  if (value === null) throw new UndecodableEvent(`${type} has no value`);
  if (value.length > largestValue)
    throw new UndecodableEvent(`the value of ${type} has ${value.length} bytes; ${largestValue} are the most`);
  let json: unknown;
  try {
    if (!isUtf8(value)) throw new Error('it is not UTF-8');
    json = JSON.parse(value.toString());
  } catch (cause) {
    throw new UndecodableEvent(`the value of ${type} is not JSON`, { cause });
  }
  const parsed = upcasting(type, () => read(json));
  if (!parsed.success) throw new UndecodableEvent(`the value of ${type} has the wrong shape: ${faults(parsed.error)}`);
  return parsed.data;
};

/** A mistake in an upcaster concerns one event, which is then parked like any other that cannot be read. */
const upcasting = <Result>(type: string, read: () => Result): Result => {
  try {
    return read();
  } catch (cause) {
    throw new UndecodableEvent(`the upcaster of ${type} fails`, { cause });
  }
};
