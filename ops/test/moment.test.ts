import { describe, expect, it } from 'vitest';
import { duration, parseMoment } from '../moment.ts';

const now = new Date('2026-03-10T12:00:00.000Z');

describe('a moment', () => {
  it.each([
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:01.5+02:00', '2026-01-31T10:00:01.500Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['15m', '2026-03-10T11:45:00.000Z'],
    ['3d', '2026-03-07T12:00:00.000Z'],
  ])('%s is %s', (text, moment) => expect(parseMoment(text, now).toISOString()).toBe(moment));

  it.each(['yesterday', '', '2026-02-30', '2026-13-01', '25:00', '15', '-5m', '2026-01-31T25:00Z'])(
    '%s is none, and the message shows one',
    (text) => expect(() => parseMoment(text, now)).toThrow(/is no time: write it as 2026-03-10T12:00Z/),
  );
});

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1_500, '1.5 s'],
  [65_000, '65 s'],
  [600_000, '10 min'],
  [7_500_000, '2 h 5 min'],
  [3 * 86_400_000, '3 d'],
])('%d ms are told as %s', (ms, text) => expect(duration(ms)).toBe(text));
