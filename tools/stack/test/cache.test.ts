import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../cache.ts';

describe('the cache', () => {
  it('is where QUADRILLE_CACHE, XDG_CACHE_HOME or HOME say, in this order', () => {
    expect(cacheFolder({ QUADRILLE_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/a');
    expect(cacheFolder({ XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/b/quadrille');
    expect(cacheFolder({ HOME: '/c' })).toBe('/c/.cache/quadrille');
  });
});
