import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../../test/support/random.ts';
import { until } from '../../../test/support/until.ts';
import { expire } from '../rules.ts';
import { askForRefunds } from '../sweeps.ts';
import { type RunningPay, startPay } from './running-pay.ts';

const pairs = 200;

describe('two at once, on the real database (R29)', () => {
  let pay: RunningPay;
  beforeAll(async () => {
    pay = await startPay();
  });
  afterAll(() => pay?.stop());

  const random = randomFrom(29);
  /** Runs both for each of many orders: for the first the one before the other, for the second the other way round, else as it comes. */
  const race = async (
    orders: readonly { orderId: string; paymentId: string }[],
    other: (orderId: string) => Promise<unknown>,
  ) => {
    const paid = (paymentId: string) =>
      until('the provider has told', async () => {
        const sql = 'SELECT 1 FROM charges WHERE payment_id = ? AND status <> ? AND due_at IS NULL';
        const [told] = await pay.providerPool.query(sql, [paymentId, 'accepted']);
        return (told as unknown as unknown[]).length > 0;
      });
    await Promise.all(
      orders.map(async ({ orderId, paymentId }, index) => {
        const charge = () => pay.provider.charge(pay.chargeOf(paymentId, index % 2 ? 'twice' : 'success'));
        if (index === 0) await charge().then(() => paid(paymentId));
        if (index > 1) await delay(random.below(60));
        await Promise.all([
          index === 0 ? null : index === 1 ? other(orderId).then(charge) : charge(),
          index === 1 ? null : delay(index === 0 ? 0 : random.below(60)).then(() => other(orderId)),
        ]);
        await paid(paymentId);
      }),
    );
    await until('all refunds', async () => {
      await askForRefunds(pay);
      return (await pay.select("SELECT 1 FROM charges WHERE status = 'to-refund'")).length === 0;
    });
  };

  const placedOrders = () => Promise.all(Array.from({ length: pairs }, () => pay.placed()));

  /** How each order ended: its status, the money we kept, the money the provider has taken, and what was told. */
  const endsOf = async (orders: readonly { orderId: string }[]) => {
    const count = new Map<string, number>();
    for (const { orderId } of orders) {
      const { ours, theirs } = await pay.books(orderId);
      const told = (await pay.said(orderId)).slice(1).sort().join(' + ');
      const end = `${await pay.status(orderId)}: ${ours.map(({ status }) => status)}, ${theirs.map(({ status }) => status)}, ${told}`;
      count.set(end, (count.get(end) ?? 0) + 1);
    }
    return count;
  };

  it(`cancelled and paid, ${pairs} times: the money always comes back, once`, async () => {
    const orders = await placedOrders();
    await race(orders, pay.cancel);
    const ends = await endsOf(orders);
    expect(new Set(ends.keys())).toEqual(
      new Set([
        'refunded: refunded, refunded, payment-refunded + payment-succeeded',
        'refunded: refunded, refunded, payment-refunded + payment-voided',
      ]),
    );
    expect([...ends.values()].reduce((sum, n) => sum + n)).toBe(pairs);
  });

  it(`expired and paid, ${pairs} times: kept once, or back once`, async () => {
    const orders = await placedOrders();
    await pay.pool.query('UPDATE payments SET expires_at = UTC_TIMESTAMP(3)');
    await race(orders, (orderId) => pay.service.execute({ name: 'expire', correlationId: orderId, decide: expire }));
    const ends = await endsOf(orders);
    expect(new Set(ends.keys())).toEqual(
      new Set([
        'succeeded: kept, charged, payment-succeeded',
        'refunded: refunded, refunded, payment-expired + payment-refunded',
      ]),
    );
    expect([...ends.values()].reduce((sum, n) => sum + n)).toBe(pairs);
  });
});
