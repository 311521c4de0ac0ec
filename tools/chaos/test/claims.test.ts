import { describe, expect, it } from 'vitest';
import { judgeClaims } from '../claims.ts';

const both = { stock: { ready: 2, members: 2 } };
const one = { stock: { ready: 2, members: 1 } };

describe('A4: what processes say of themselves', () => {
  it('is wrong when they say for long that they are ready and are in no group', () => {
    const { look, violations } = judgeClaims(30_000);
    for (let now = 0; now <= 31_000; now += 1_000) look(now, true, one);
    expect(violations()).toEqual([
      'stock: for more than 30 s instances said that they were ready and were in no group',
    ]);
  });

  it('may be wrong for a while, again and again', () => {
    const { look, violations } = judgeClaims(30_000);
    for (let now = 0; now <= 600_000; now += 1_000) look(now, true, now % 30_000 === 0 ? both : one);
    expect(violations()).toEqual([]);
  });

  it('is right when they say that they are not ready', () => {
    const { look, violations } = judgeClaims(30_000);
    for (let now = 0; now <= 600_000; now += 1_000) look(now, false, { stock: { ready: 0, members: 0 } });
    expect(violations()).toEqual([]);
  });

  it('is not judged while nobody knows who is in the group, and is judged as before when somebody does again', () => {
    const { look, violations } = judgeClaims(30_000);
    look(0, true, one);
    for (let now = 1_000; now <= 60_000; now += 1_000) look(now, true, null);
    expect(violations()).toEqual([]);
    look(61_000, true, one);
    expect(violations()).toHaveLength(1);
  });

  it('is wrong when all say that they are ready, and no order goes through for long', () => {
    const { look, orderWentThrough, violations } = judgeClaims(30_000);
    look(10_000, true, both);
    orderWentThrough(45_000, 20_000);
    expect(violations()).toEqual([]);
    orderWentThrough(45_000, 0);
    expect(violations()).toEqual(['for 35 s all processes said that they were ready, and no order went through']);
  });

  it('is right when one of them says that it is not ready while no order goes through', () => {
    const { look, orderWentThrough, violations } = judgeClaims(30_000);
    look(0, true, both);
    look(40_000, false, both);
    orderWentThrough(41_000, 0);
    look(42_000, true, both);
    orderWentThrough(60_000, 0);
    expect(violations()).toEqual([]);
  });
});
