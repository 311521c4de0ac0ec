import { describe, expect, it } from 'vitest';
import { limits, overLimits } from '../limits.ts';

const results = {
  counts: { this: [{ 'commits per order': 12 }, { 'commits per order': 11 }, { 'commits per order': 14 }] },
};

describe('the limits of what an order takes', () => {
  it('are kept by a median that is not above them', () => {
    expect(overLimits(results, 'this', { 'commits per order': 12 })).toEqual([]);
  });

  it('are broken by a median above them, in a sentence', () => {
    expect(overLimits(results, 'this', { 'commits per order': 11.9 })).toEqual([
      'commits per order: 12, at most 11.9 allowed (tools/bench/limits.ts)',
    ]);
  });

  it('are broken by what was not measured', () => {
    expect(overLimits({}, 'this', { 'rows per order': 30 })).toEqual([
      'rows per order: not measured; run the scenario counts',
    ]);
  });

  it('exist', () => {
    expect(Object.keys(limits).length).toBeGreaterThan(3);
  });
});
