import { randomUUID } from 'node:crypto';
import { stockReserved } from '@quadrille/contracts/stock-events';
import { arrive } from '@quadrille/participant/arrival';
import { retry } from '@quadrille/participant/parked';
import { applyForCertain } from '@quadrille/participant/resilient';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applicationOf } from '../../../test/support/application.ts';
import { received, recordOf } from '../../../test/support/events.ts';
import { parkedOf } from '../../../test/support/parked.ts';
import { type Scratch, scratchDatabase } from '../../../test/support/scratch.ts';
import { saidOf } from '../../../test/support/stock.ts';
import { coupon } from '../store.ts';

describe('C10: a coupon whose row somebody has made wrong by SQL', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchDatabase('coupon');
  });
  beforeEach(async () => {
    for (const table of ['coupons', 'coupon_uses', 'inbox', 'outbox', 'parked'])
      await scratch.pool.query(`DELETE FROM ${table}`);
  });
  afterAll(() => scratch?.drop());

  const app = () => applicationOf(coupon, scratch.pool);
  const reserved = (couponId: number, amount = 1_100) =>
    received(randomUUID(), stockReserved.of({ userId: 1, productId: 1, productCount: 1, amount, couponId }));
  const addCoupon = (couponId: number, amount: number) =>
    scratch.pool.query(`INSERT INTO coupons VALUES (${couponId}, 1, ${amount}, 'unused', NULL, NULL)`);
  const deliver = (...events: ReturnType<typeof reserved>[]) =>
    applyForCertain(
      app(),
      events.map((event) => arrive(coupon, recordOf(event))),
    );

  it('C10: a coupon of -500 parks its order here, with a cause that names event and field; nothing leaves; the others go on', async () => {
    await addCoupon(1, -500);
    await addCoupon(2, 500);
    const [wrong, right] = [reserved(1), reserved(2)];
    const outcomes = await deliver(wrong, right);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['parked', 'applied']);
    expect(await parkedOf(scratch.pool)).toEqual([
      {
        eventId: wrong.id,
        correlationId: wrong.correlationId,
        cause: 'InvalidEvent: the event coupon-applied would break its contract: discount (too_small)',
        attempts: 1,
      },
    ]);
    expect(await saidOf(scratch.pool)).toEqual({ [right.correlationId]: ['coupon-applied'] });
    const [uses] = await scratch.pool.query('SELECT order_id AS orderId FROM coupon_uses');
    expect(uses).toEqual([{ orderId: right.correlationId }]);

    await scratch.pool.query('UPDATE coupons SET amount = 500 WHERE coupon_id = 1');
    expect(await retry(app(), wrong.correlationId, { by: 'ann', why: 'the amount is right now' })).toEqual({
      released: 1,
      stuck: null,
    });
    expect((await saidOf(scratch.pool))[wrong.correlationId]).toEqual(['coupon-applied']);
  });

  it.each([
    ['more than any order', 2_000_000_000_000],
    ['more than a double holds exactly', '9007199254740993'],
  ])('C10: a coupon of %s takes off what the order costs', async (_what, amount) => {
    await addCoupon(1, Number(amount));
    const [outcome] = await deliver(reserved(1));
    expect(outcome).toMatchObject({ kind: 'applied', state: { use: { discount: 1_100 } } });
  });
});
