import { describe, expect, it } from 'vitest';
import { isSampled, nextSpan, traceId } from '../trace.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const caller = `00-${trace}-b7ad6b7169203331-01`;

describe('nextSpan', () => {
  it('keeps the trace and begins a span of its own', () => {
    const next = nextSpan(caller);
    expect(next).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(next).not.toBe(caller);
    expect(nextSpan(caller)).not.toBe(next);
    expect(traceId(next)).toBe(trace);
  });

  it.each([
    ['01', '01', true],
    ['00', '00', false],
    ['0b', '03', true],
    ['fc', '00', false],
  ])('of flags %s hands on %s', (flags, next, sampled) => {
    const traceparent = nextSpan(caller.replace(/01$/, flags));
    expect(traceparent.slice(-2)).toBe(next);
    expect(isSampled(traceparent)).toBe(sampled);
  });

  it('samples a trace that begins here as it is told, and never one that has begun', () => {
    expect(isSampled(nextSpan(undefined, () => true))).toBe(true);
    expect(isSampled(nextSpan(caller.replace(/01$/, '00'), () => true))).toBe(false);
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['nonsense', 'hello'],
    ['the trace that is none', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['capitals', caller.toUpperCase()],
    ['a trace that is too short', `00-${trace.slice(1)}-b7ad6b7169203331-01`],
    ['an unknown version', `ff${caller.slice(2)}`],
    ['a header inside another', `${caller}\r\nx-admin: 1`],
  ])('begins a new trace after %s', (_what, header) => {
    const next = nextSpan(header);
    expect(next).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect([trace, '0'.repeat(32)]).not.toContain(traceId(next));
    expect(traceId(nextSpan(header))).not.toBe(traceId(next));
  });
});
