import { randomUUID } from 'node:crypto';
import { startTestProvider } from '@quadrille/providers/test-provider/provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { askForRefunds, expireOverdue } from '../sweeps.ts';
import { type RunningPay, secret, startPay, succeeded } from './running-pay.ts';

describe('paying', () => {
  let pay: RunningPay;
  beforeAll(async () => {
    pay = await startPay();
  });
  afterAll(() => pay?.stop());

  const press = async (paymentId: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    const response = await fetch(`${pay.url}/pay/${paymentId}`, { method: 'POST', body, redirect: 'manual' });
    return { status: response.status, location: response.headers.get('location') };
  };
  const stage = async (paymentId: string) => {
    const page = await (await fetch(`${pay.url}/pay/${paymentId}`)).text();
    return /<main data-stage="(\w+)"/.exec(page)?.[1];
  };
  const stageBecomes = (paymentId: string, wanted: string) =>
    until(`the page shows ${wanted}`, async () => (await stage(paymentId)) === wanted);
  const sweepRefunds = () => askForRefunds(pay);
  /** Time is a row: moving it is what waiting would do. */
  const timeIsUp = (orderId: string) =>
    pay.pool.query('UPDATE payments SET expires_at = UTC_TIMESTAMP(3) WHERE order_id = ?', [orderId]);
  const isBack = async (orderId: string) => {
    await until('the refund', async () => {
      await sweepRefunds();
      return (await pay.status(orderId)) === 'refunded';
    });
  };

  const paid = { ours: [{ amount: 100, status: 'kept' }], theirs: [{ amount: 100, status: 'charged' }] };
  const netZero = { ours: [{ amount: 100, status: 'refunded' }], theirs: [{ amount: 100, status: 'refunded' }] };

  it('a customer pays, impatiently: the provider charges once and tells, and it is paid', async () => {
    const { orderId, paymentId } = await pay.placed();
    expect(await stage(paymentId)).toBe('open');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => press(paymentId, { action: 'pay', choice: 'success' })),
    );
    expect(new Set(answers.map(({ status, location }) => `${status} ${location}`))).toEqual(
      new Set([`303 /pay/${paymentId}`]),
    );
    await stageBecomes(paymentId, 'paid');
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded']);
    expect(await pay.books(orderId)).toEqual(paid);
  });

  it('the provider never answers: the page waits, and the customer may still decline', async () => {
    const { orderId, paymentId } = await pay.placed();
    await press(paymentId, { action: 'pay', choice: 'never' });
    expect(await stage(paymentId)).toBe('asked');
    await press(paymentId, { action: 'decline' });
    expect(await stage(paymentId)).toBe('declined');
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-failed']);
  });

  it('what has ended does not begin again', async () => {
    const { orderId, paymentId } = await pay.placed();
    await press(paymentId, { action: 'decline' });
    await press(paymentId, { action: 'pay', choice: 'success' });
    await timeIsUp(orderId);
    await expireOverdue(pay.pool, pay.service);
    expect(await stage(paymentId)).toBe('declined');
    expect((await pay.books(orderId)).theirs).toEqual([]);
  });

  it.each(['7', 'a'.repeat(500), '%00', randomUUID()])('there is no payment %s: 404, a page', async (id) => {
    const response = await fetch(`${pay.url}/pay/${id}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    expect((await press(id, { action: 'pay' })).status).toBe(404);
  });

  it.each<[Record<string, string>]>([[{}], [{ action: 'refund' }], [{ action: 'pay', choice: 'for free' }]])(
    'the form %j is not ours: 400, and nothing happens',
    async (form) => {
      const { orderId, paymentId } = await pay.placed();
      expect((await press(paymentId, form)).status).toBe(400);
      expect([await stage(paymentId), await pay.said(orderId)]).toEqual(['open', ['payment-created']]);
    },
  );

  it('nothing to pay: paid at once, and no charge', async () => {
    const { orderId, paymentId } = await pay.placed({ amount: 1_000, discount: 1_000 });
    expect(await stage(paymentId)).toBe('free');
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded']);
    expect(await pay.books(orderId)).toEqual({ ours: [], theirs: [] });
  });

  it('expires by the clock of the database; what is paid does not', async () => {
    const [open, done, early] = [await pay.placed(), await pay.placed(), await pay.placed()];
    await pay.tell(succeeded(done.paymentId));
    for (const { orderId } of [open, done]) await timeIsUp(orderId);
    expect(await stage(open.paymentId)).toBe('late');
    expect(await press(open.paymentId, { action: 'pay', choice: 'success' })).toMatchObject({ status: 303 });
    expect(await expireOverdue(pay.pool, pay.service)).toBe(1);
    expect(await expireOverdue(pay.pool, pay.service)).toBe(0);
    expect([await stage(open.paymentId), await stage(done.paymentId), await stage(early.paymentId)]).toEqual([
      'expired',
      'paid',
      'open',
    ]);
    expect(await pay.said(open.orderId)).toEqual(['payment-created', 'payment-expired']);
    expect((await pay.books(open.orderId)).theirs).toEqual([]);
  });

  it('R29: the money comes after the end: it goes back, and only then does pay say so', async () => {
    const { orderId, paymentId } = await pay.placed();
    await pay.provider.charge(pay.chargeOf(paymentId, 'slow'));
    await pay.cancel(orderId);
    await pay.providerPool.query('UPDATE charges SET due_at = UTC_TIMESTAMP(3) WHERE payment_id = ?', [paymentId]);
    await stageBecomes(paymentId, 'refunding');
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-voided']);
    await isBack(orderId);
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-voided', 'payment-refunded']);
    expect(await pay.books(orderId)).toEqual(netZero);
  });

  it('a refund whose answer is lost is asked for again: it goes back once', async () => {
    const { orderId, paymentId } = await pay.placed();
    await press(paymentId, { action: 'pay', choice: 'success' });
    await stageBecomes(paymentId, 'paid');
    await pay.cancel(orderId);

    // The provider cannot be reached; then it gives the money back, but what it tells is lost on the way.
    const away = { refund: async () => Promise.reject(new Error('away')) };
    expect(await askForRefunds({ ...pay, provider: away })).toBe(1);
    expect(await askForRefunds({ ...pay, provider: away })).toBe(0);
    await pay.providerPool.query(
      "UPDATE charges SET status = 'refunded', webhook_id = UUID(), due_at = NULL WHERE payment_id = ?",
      [paymentId],
    );
    expect(await pay.status(orderId)).toBe('refunding');

    await isBack(orderId);
    await sweepRefunds();
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded', 'payment-refunded']);
    expect((await pay.books(orderId)).theirs).toEqual([{ amount: 100, status: 'refunded' }]);
  });

  it('the shop cannot be reached and both restart: the provider has forgotten nothing, and tells until it is received', async () => {
    const { orderId, paymentId } = await pay.placed();
    const nobody = startTestProvider({
      pool: pay.providerPool,
      secrets: [secret],
      url: 'http://127.0.0.1:9/webhook',
      log: pay.log,
    });
    await nobody.charge(pay.chargeOf(paymentId, 'success'));
    await until('an attempt', async () => {
      const [charges] = await pay.providerPool.query('SELECT attempts FROM charges WHERE payment_id = ?', [paymentId]);
      return (charges as unknown as { attempts: number }[])[0]?.attempts || (await stage(paymentId)) === 'paid';
    });
    await nobody.stop();
    // The provider of this test, which knows the way, finds it in its charges.
    await stageBecomes(paymentId, 'paid');
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded']);
    expect(await pay.books(orderId)).toEqual(paid);
  });
});
