import { findInconsistencies } from '@quadrille/stack/consistency';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';
import { until } from './support/until.ts';

/** The five scenarios of the article, in its order and on its seed data: each builds on the one before. */
describe('the five scenarios', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system?.stop());

  const firstBody = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 1 };
  const plainBody = { userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 };

  const stock = async (productId: number) =>
    (
      await system.rows(`SELECT available, reserved, sold FROM eshop_stock.products WHERE product_id = ${productId}`)
    )[0];
  /** What each of the three other services keeps of an order. */
  const kept = async (orderId: string) => ({
    reservation: (
      await system.rows(`SELECT status, product_count AS n FROM eshop_stock.reservations WHERE order_id = '${orderId}'`)
    )[0],
    use: (
      await system.rows(
        `SELECT status, coupon_id AS c, discount FROM eshop_coupon.coupon_uses WHERE order_id = '${orderId}'`,
      )
    )[0],
    payment: (
      await system.rows(`SELECT status, amount, discount FROM eshop_pay.payments WHERE order_id = '${orderId}'`)
    )[0],
  });
  const coupons = () =>
    system.rows('SELECT coupon_id AS id, status, order_id AS orderId FROM eshop_coupon.coupons ORDER BY 1');

  let first: string;

  it('1: an order with a coupon is placed; stock 99, coupon used, 100 to pay', async () => {
    const answer = await system.call<{ code: number; msg: string; data: { orderId: string } }>(
      'POST',
      '/api/v1/submit',
      firstBody,
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ code: 0, msg: 'ok' });
    first = answer.body.data.orderId;
    const order = await system.orderWhen(first, 'awaiting-payment');
    expect(order).toMatchObject({ discount: 1000, final: false, reason: null, payment: { amount: 100 } });
    await system.settled();
    expect(await stock(1)).toEqual({ available: 99, reserved: 1, sold: 0 });
    expect(await coupons()).toEqual([
      { id: 1, status: 'used', orderId: first },
      { id: 2, status: 'unused', orderId: null },
    ]);
    expect(await kept(first)).toEqual({
      reservation: { status: 'reserved', n: 1 },
      use: { status: 'held', c: 1, discount: 1000 },
      payment: { status: 'pending', amount: 100, discount: 1000 },
    });
  });

  it('2: the same again is cancelled, the coupon being used; stock back at 99, no payment', async () => {
    const order = await system.client.submitAndWait(firstBody, { timeout: 60_000, until: 'final' });
    const second = order.orderId;
    expect(order).toMatchObject({
      status: 'cancelled',
      final: true,
      pendingCompensations: [],
      payment: null,
      reason: { code: 'coupon-used', step: 'coupon' },
    });
    await system.settled();
    expect(await stock(1)).toEqual({ available: 99, reserved: 1, sold: 0 });
    expect(await coupons()).toContainEqual({ id: 1, status: 'used', orderId: first });
    expect(await kept(second)).toEqual({
      reservation: { status: 'released', n: 1 },
      use: { status: 'rejected', c: 1, discount: 0 },
      payment: undefined,
    });
  });

  it('3: more than there is in stock is cancelled, and nothing changes', async () => {
    const tooMany = { userId: 1, productId: 1, amount: 1_100_000, productCount: 1000, couponId: 0 };
    const order = await system.client.submitAndWait(tooMany, { timeout: 60_000, until: 'final' });
    const third = order.orderId;
    expect(order.reason).toMatchObject({ code: 'insufficient-stock', step: 'stock' });
    await system.settled();
    expect(await stock(1)).toEqual({ available: 99, reserved: 1, sold: 0 });
    expect(await kept(third)).toEqual({
      reservation: { status: 'rejected', n: 1000 },
      use: undefined,
      payment: undefined,
    });
  });

  it('4: with stock killed an order stays submitted, and is placed once stock is back', async () => {
    await system.stack.kill('stock', 'SIGKILL');
    const fourth = await system.submit(plainBody);
    // Once the event is in Kafka, nobody but stock can move the order.
    await until(
      'the order event published',
      async () =>
        (
          await system.rows(
            'SELECT 1 FROM eshop_order.outbox WHERE seq > (SELECT published_to FROM eshop_order.relay_lease)',
          )
        ).length === 0,
    );
    expect((await system.order(fourth)).status).toBe('submitted');
    await system.stack.restart('stock');
    await system.orderWhen(fourth, 'awaiting-payment');
    await system.settled();
    expect(await stock(1)).toEqual({ available: 98, reserved: 2, sold: 0 });
    expect(await kept(fourth)).toEqual({
      reservation: { status: 'reserved', n: 1 },
      use: { status: 'none', c: null, discount: 0 },
      payment: { status: 'pending', amount: 1100, discount: 0 },
    });
  });

  it('5: cancelled by the user while stock is down: it stays cancelled when stock wakes up', async () => {
    await system.stack.kill('stock', 'SIGKILL');
    const fifth = await system.submit(plainBody);
    expect((await system.client.cancel(fifth)).status).toBe('cancelling');
    // The others answer; stock still owes its answer, and GET says so.
    await until('only stock owes', async () => (await system.order(fifth)).pendingCompensations.join() === 'stock');
    await system.stack.restart('stock');
    const order = await system.orderWhen(fifth, 'cancelled');
    expect(order).toMatchObject({
      final: true,
      pendingCompensations: [],
      reason: { code: 'cancelled-by-user', step: 'order' },
    });
    await system.settled();
    expect(await stock(1)).toEqual({ available: 98, reserved: 2, sold: 0 });
    expect(await kept(fifth)).toEqual({
      reservation: { status: 'released', n: 1 },
      use: { status: 'tombstone', c: null, discount: 0 },
      payment: { status: 'tombstone', amount: 0, discount: 0 },
    });
    await expect(system.client.cancel(fifth)).rejects.toMatchObject({ problem: { status: 409 } });
  });

  it('5, by the deadline: not placed in time, it is cancelled, and stays so when stock wakes up', async () => {
    await system.stack.kill('stock', 'SIGKILL');
    const sixth = await system.submit(plainBody);
    // Time is a row: moving the deadline is what waiting 15 minutes would do.
    await system.rows(`UPDATE eshop_order.orders SET deadline = UTC_TIMESTAMP(3) WHERE order_id = '${sixth}'`);
    await system.orderWhen(sixth, 'cancelling');
    await system.stack.restart('stock');
    const order = await system.orderWhen(sixth, 'cancelled');
    expect(order.reason).toMatchObject({ code: 'deadline-passed', step: 'order' });
    await system.settled();
    expect(await stock(1)).toEqual({ available: 98, reserved: 2, sold: 0 });
    expect((await kept(sixth)).reservation).toEqual({ status: 'released', n: 1 });
  });

  it('all services agree', async () => {
    expect(await findInconsistencies(system.stack.opsEnv)).toEqual([]);
  });
});
