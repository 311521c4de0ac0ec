import { isUtf8 } from 'node:buffer';
import type { Event } from '@quadrille/contracts/event';
import type { NewParkedEvent } from '@quadrille/db/parked';
import type { Delivered, Input, Keep } from './input.ts';

/** What stands as cause with an event that is sound itself, as far as anybody knows yet. */
export const waitsBehind = 'waits behind an earlier event of its order';

/** The same, once what it waited behind was discarded. */
export const blockedBehindDiscarded = 'was blocked behind an event that was discarded: retry it';

const longestCause = 2_000;
/** Of a longer value only the beginning is kept: a statement has a limit, and nothing of that size is an event of ours. */
const longestPayload = 4 * 1_048_576;

/** An error in words, for the person who decides what becomes of the event. */
export const describeError = (error: unknown): string => {
  const words: string[] = [];
  for (let at = error; at !== undefined && words.length < 4; at = at instanceof Error ? at.cause : undefined)
    words.push(
      at instanceof Error ? `${at.name === 'UndecodableEvent' ? '' : `${at.name}: `}${at.message}` : String(at),
    );
  return words.join('; because of ').slice(0, longestCause);
};

/** Where the database does not take all of a record: of each part so many bytes. */
const beginning = 65_536;

/** The row that keeps an event: its bytes, where they were, and why it is here. */
export const toParked = <State, E extends Event>(
  input: Input<State, E>,
  cause: string,
  attempts: number,
  now: Date,
): NewParkedEvent[] => {
  const { delivery, correlationId } = input;
  if (delivery === null) return [];
  if ('refusal' in input && input.keep !== undefined && input.keep !== 'all')
    return toParked(
      { ...input, delivery: shorten(delivery, input.keep), keep: 'all' },
      `${cause} (kept: ${input.keep})`,
      attempts,
      now,
    );
  const { topic, partition, offset, key, headers, value, flaw } = delivery.record;
  const cut = value !== null && value.length > longestPayload;
  return [
    {
      eventId: delivery.id,
      correlationId,
      topic,
      partition,
      offset: Number(offset),
      key,
      headers: encodeHeaders(headers, flaw),
      payload: cut ? value.subarray(0, longestPayload) : value,
      cause: cut ? `${cause} (only the first ${longestPayload} of ${value.length} bytes are kept)` : cause,
      attempts,
      parkedAt: now,
    },
  ];
};

const shorten = <Delivery extends { readonly record: Delivered }>(delivery: Delivery, keep: Keep): Delivery => {
  const most = keep === 'beginning' ? beginning : 0;
  const { key, headers, value } = delivery.record;
  const record = {
    ...delivery.record,
    key: key?.subarray(0, most) ?? null,
    headers: encodeHeaders(headers).length <= most ? headers : {},
    value: value?.subarray(0, most) ?? null,
  };
  return { ...delivery, record };
};

/** The record as it came, or as an operator has edited it since. */
export const toRecord = (event: Pick<NewParkedEvent, keyof NewParkedEvent>): Delivered => ({
  topic: event.topic,
  partition: event.partition,
  offset: String(event.offset),
  key: event.key,
  headers: decodeHeaders(event.headers),
  value: event.payload,
  ...flawIn(event.headers),
});

type Headers = Delivered['headers'];
type Packed = string | { base64: string } | null;
/** Beside the headers, under a name that says what it is: no header has such a value, whatever its name. */
type Flaw = { flaw: string };
const flawName = 'not all of a record';

/**
 * Headers as JSON that people can read; a value that is not UTF-8 keeps its bytes as base64. What is wrong with the record is kept with
 * them, so that it is not taken for a whole one later. Editing the headers makes it a whole one.
 */
export const encodeHeaders = (headers: Headers, flaw?: string): Buffer => {
  const pack = (value: Buffer | string | null | undefined): Packed => {
    if (value === null || value === undefined || typeof value === 'string') return value ?? null;
    return isUtf8(value) ? value.toString() : { base64: value.toString('base64') };
  };
  const packed = Object.entries(headers).map(([name, value]): [string, Packed | Packed[] | Flaw] => [
    name,
    Array.isArray(value) ? value.map(pack) : pack(value),
  ]);
  if (flaw !== undefined) packed.push([flawName, { flaw }]);
  return Buffer.from(JSON.stringify(Object.fromEntries(packed)));
};

export const decodeHeaders = (json: Buffer): Headers => {
  const unpack = (value: Packed): Buffer | undefined => {
    if (value === null) return undefined;
    return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');
  };
  // Without a prototype: a header may have any name, such as `constructor` or `__proto__`.
  const headers: Record<string, Buffer | Buffer[] | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(packedIn(json)))
    if (!isFlaw(value))
      headers[name] = Array.isArray(value) ? value.flatMap((each) => unpack(each) ?? []) : unpack(value);
  return headers;
};

const flawIn = (json: Buffer): Partial<Flaw> => {
  const flaw = packedIn(json)[flawName];
  return isFlaw(flaw) ? flaw : {};
};

const packedIn = (json: Buffer) => JSON.parse(json.toString()) as Record<string, Packed | Packed[] | Flaw>;

const isFlaw = (value: Packed | Packed[] | Flaw | undefined): value is Flaw =>
  typeof value === 'object' && value !== null && 'flaw' in value;
