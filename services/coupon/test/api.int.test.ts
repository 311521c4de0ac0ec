import { randomUUID } from 'node:crypto';
import type { CouponPage } from '@quadrille/contracts/shop-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { createApi } from '../api.ts';

const log = silentLog();

const [holding, paid] = [randomUUID(), randomUUID()];
const past = new Date('2020-01-01T00:00:00Z');
const future = new Date('2999-01-01T00:00:00.123Z');

describe("coupon's HTTP API", () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('coupon');
    await scratch.pool.query('INSERT INTO coupons VALUES ?', [
      [
        [1, 1, 1000, 'unused', null, null],
        [2, 1, 2000, 'used', holding, null],
        [3, 2, 500, 'unused', null, null],
        [4, 1, 3000, 'used', paid, past],
        [5, 1, 100, 'unused', null, past],
        [6, 1, 200, 'unused', null, future],
      ],
    ]);
    await scratch.pool.query('INSERT INTO coupon_uses VALUES ?', [
      [
        [holding, 2, 1100, 'held', past],
        [paid, 4, 3000, 'used', past],
      ],
    ]);
  });
  afterAll(() => scratch?.drop());

  const get = async (path: string) => {
    const response = await createApi({ pool: scratch.pool, log }).request(path);
    return { status: response.status, body: (await response.json()) as CouponPage };
  };

  it("shows a user's coupons, and nobody else's, and how each stands", async () => {
    const coupon = { userId: 1, orderId: null, expiresAt: null };
    expect((await get('/coupons?userId=1&limit=100')).body).toEqual({
      coupons: [
        { ...coupon, couponId: 1, amount: 1000, status: 'free' },
        { ...coupon, couponId: 2, amount: 2000, status: 'held', orderId: holding },
        { ...coupon, couponId: 4, amount: 3000, status: 'used', orderId: paid, expiresAt: past.toISOString() },
        { ...coupon, couponId: 5, amount: 100, status: 'expired', expiresAt: past.toISOString() },
        { ...coupon, couponId: 6, amount: 200, status: 'free', expiresAt: future.toISOString() },
      ],
      next: null,
    });
  });

  it('has nothing for a user without coupons', async () => {
    expect(await get('/coupons?userId=7&limit=100')).toEqual({ status: 200, body: { coupons: [], next: null } });
  });

  it('pages through them, each once', async () => {
    const first = (await get('/coupons?userId=1&limit=3')).body;
    expect(first.next).toBe(4);
    const second = (await get(`/coupons?userId=1&limit=3&after=${first.next}`)).body;
    expect([...first.coupons, ...second.coupons].map(({ couponId }) => couponId)).toEqual([1, 2, 4, 5, 6]);
    expect(second.next).toBeNull();
  });

  it.each(['/coupons', '/coupons?userId=x&limit=1', '/coupons?userId=1', '/coupons?userId=1&limit=101'])(
    '%s is 400',
    async (path) => {
      expect((await get(path)).status).toBe(400);
    },
  );
});
