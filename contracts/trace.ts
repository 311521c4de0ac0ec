import { randomUUID } from 'node:crypto';

/** W3C trace context (https://www.w3.org/TR/trace-context/): `00-<trace id>-<span id>-<flags>`; a later version may say more behind it. */
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const isZero = (hex: string) => /^0+$/.test(hex);

/**
 * A trace context in the version that we know, `00`: of a later one its first four fields, and of its flags the one that we know.
 * @returns null when it is none, which is no error: then a new trace begins
 */
export const readTraceparent = (text: string | undefined): string | null => {
  const [, version, trace, span, flags, more] = pattern.exec(text ?? '') ?? [];
  if (!version || !trace || !span || !flags || version === 'ff' || isZero(trace) || isZero(span)) return null;
  if (version === '00') return more === undefined ? `00-${trace}-${span}-${flags}` : null;
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1;
  return `00-${trace}-${span}-${isSampled ? '01' : '00'}`;
};

/**
 * The next span of the caller's trace, sampled if that is, or the first of a new one when the caller sent none or nonsense.
 * @param samples whether a trace that begins here is sampled
 */
export const nextSpan = (traceparent?: string | undefined, samples: () => boolean = () => false): string => {
  const caller = readTraceparent(traceparent);
  const span = randomHex().slice(0, 16);
  return caller === null
    ? `00-${randomHex()}-${span}-0${samples() ? sampled : 0}`
    : `00-${traceId(caller)}-${span}-0${flagsOf(caller) & known}`;
};

/** The trace of an event that came without one: that of its order, so that each reader of the event finds the same. Nobody has sampled it. */
export const traceOfOrder = (correlationId: string, eventId: string): string =>
  readTraceparent(`00-${hexOf(correlationId)}-${hexOf(eventId).slice(16)}-00`) ?? nextSpan();

/** Whether the spans of its trace are recorded. */
export const isSampled = (traceparent: string): boolean => (flagsOf(traceparent) & sampled) === sampled;

const sampled = 1;
/** Sampled, and that the trace id is random: both have to be handed on, and no others. */
const known = 3;
const flagsOf = (traceparent: string): number => Number.parseInt(traceparent.slice(53, 55), 16);

const hexOf = (uuid: string): string =>
  uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);

/** 32 hexadecimal digits. Node draws UUIDs from a pool, which makes them 20 times cheaper than `randomBytes`. */
const randomHex = (): string => hexOf(randomUUID());

export const traceId = (traceparent: string): string => traceparent.slice(3, 35);

export const spanId = (traceparent: string): string => traceparent.slice(36, 52);
