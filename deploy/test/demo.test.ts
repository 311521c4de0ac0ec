import { describe, expect, it } from 'vitest';
import { demoRowsIn } from '../demo.ts';

describe('goods and coupons to try it with', () => {
  it('are there in development', () => {
    expect(demoRowsIn('development').flatMap(({ seed }) => seed.rows).length).toBeGreaterThan(0);
  });

  it.each(['production', 'test', '', undefined])('are nowhere else: NODE_ENV %s', (environment) => {
    expect(demoRowsIn(environment)).toEqual([]);
  });
});
