import { randomUUID } from 'node:crypto';
import { stockReserved } from '@quadrille/contracts/stock-events';
import { asAdmin } from '@quadrille/db/grants';
import { mysqlStorage } from '@quadrille/db/storage';
import { applyBatch } from '@quadrille/participant/apply';
import { arrive } from '@quadrille/participant/arrival';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { received, recordOf } from '../../../test/support/events.ts';
import { silentLog } from '../../../test/support/log.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { createApi } from '../api.ts';
import { coupon } from '../store.ts';

describe('C9: a coupon whose date is none', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('coupon');
    await asAdmin(scratch.url, async (other) => {
      // As somebody's import, in a session that takes everything.
      await other.query("SET SESSION sql_mode = ''");
      await other.query(`INSERT INTO coupons VALUES
        (1, 1, 1000, 'unused', NULL, '0000-00-00 00:00:00'), (2, 1, 1000, 'unused', NULL, '2031-00-00 00:00:00'),
        (3, 1, 1000, 'unused', NULL, NULL), (4, 1, 1000, 'unused', NULL, '2999-03-03 12:00:00'),
        (5, 1, 1000, 'unused', NULL, '0000-00-00 00:00:00')`);
    });
  });
  afterAll(() => scratch?.drop());

  const status = async () => {
    const response = await createApi({ pool: scratch.pool, log: silentLog() }).request('/coupons?userId=1&limit=100');
    expect(response.status).toBe(200);
    const { coupons } = (await response.json()) as {
      coupons: { couponId: number; status: string; expiresAt: string }[];
    };
    return coupons.map(({ couponId, status, expiresAt }) => [couponId, status, expiresAt]);
  };
  const order = async (couponId: number) => {
    const data = { userId: 1, productId: 1, productCount: 1, amount: 1100, couponId };
    const event = received(randomUUID(), stockReserved.of(data));
    const [outcome] = await applyBatch(mysqlStorage(scratch.pool), coupon, [arrive(coupon, recordOf(event))]);
    if (outcome?.kind !== 'applied') throw new Error(`it was ${outcome?.kind}`);
    return outcome.emitted.map(({ type, data }) => [type, (data as { reason?: { code: string } }).reason?.code]);
  };

  it('C9: it has expired long ago, and all other coupons of its owner are as they were', async () => {
    expect(await status()).toEqual([
      [1, 'expired', '1970-01-01T00:00:00.000Z'],
      [2, 'expired', '1970-01-01T00:00:00.000Z'],
      [3, 'free', null],
      [4, 'free', '2999-03-03T12:00:00.000Z'],
      [5, 'expired', '1970-01-01T00:00:00.000Z'],
    ]);
  });

  it('C9: an order that brings it is refused for that reason, and one that brings another goes on', async () => {
    expect(await order(1)).toEqual([['coupon-rejected', 'coupon-expired']]);
    expect(await order(2)).toEqual([['coupon-rejected', 'coupon-expired']]);
    expect(await order(4)).toEqual([['coupon-applied', undefined]]);
    expect(await order(3)).toEqual([['coupon-applied', undefined]]);
    expect((await status()).map(([, how]) => how)).toEqual(['expired', 'expired', 'held', 'held', 'expired']);
  });
});
