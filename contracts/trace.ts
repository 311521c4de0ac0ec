import { randomBytes } from 'node:crypto';

/** W3C trace context (https://www.w3.org/TR/trace-context/): `00-<trace id>-<span id>-01`. */
const pattern = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The next span of the caller's trace, or the first of a new one when the caller sent none or nonsense. */
export const nextSpan = (traceparent?: string | undefined): string => {
  const trace = pattern.exec(traceparent ?? '')?.[1];
  return `00-${trace && !/^0+$/.test(trace) ? trace : randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
};

export const traceId = (traceparent: string): string => traceparent.slice(3, 35);
