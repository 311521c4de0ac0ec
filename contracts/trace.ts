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

/** The next span of the caller's trace, or the first of a new one when the caller sent none or nonsense. */
export const nextSpan = (traceparent?: string | undefined): string => {
  const caller = readTraceparent(traceparent);
  return `00-${caller === null ? randomHex() : traceId(caller)}-${randomHex().slice(0, 16)}-01`;
};

/** The trace of an event that came without one: that of its order, so that each reader of the event finds the same. */
export const traceOfOrder = (correlationId: string, eventId: string): string =>
  readTraceparent(`00-${hexOf(correlationId)}-${hexOf(eventId).slice(16)}-01`) ?? nextSpan();

const hexOf = (uuid: string): string =>
  uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);

/** 32 hexadecimal digits. Node draws UUIDs from a pool, which makes them 20 times cheaper than `randomBytes`. */
const randomHex = (): string => hexOf(randomUUID());

export const traceId = (traceparent: string): string => traceparent.slice(3, 35);
