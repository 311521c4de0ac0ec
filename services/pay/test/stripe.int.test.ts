import { createStripeProvider } from '@quadrille/providers/stripe/provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeStripe, stripeSecret } from '../../../providers/test/fake-stripe.ts';
import { until } from '../../../test/support/until.ts';
import { askForRefunds } from '../sweeps.ts';
import { type RunningPay, startPay } from './running-pay.ts';

describe('paying with Stripe', () => {
  let pay: RunningPay;
  let stripe: Awaited<ReturnType<typeof startFakeStripe>>;
  beforeAll(async () => {
    stripe = await startFakeStripe(() => `${pay.url}/webhook`);
    pay = await startPay(({ log }) =>
      createStripeProvider({
        ...{ key: 'sk_test_1', webhookSecrets: ['whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk', stripeSecret] },
        ...{ currency: 'eur', publicUrl: 'https://shop.example', log, api: stripe.url },
      }),
    );
  });
  afterAll(async () => {
    await pay?.stop();
    await stripe?.stop();
  });

  const press = async (paymentId: string, action = 'pay') => {
    const body = new URLSearchParams({ action });
    const response = await fetch(`${pay.url}/pay/${paymentId}`, { method: 'POST', body, redirect: 'manual' });
    return { status: response.status, location: response.headers.get('location') };
  };
  const paid = async () => {
    const placed = await pay.placed();
    await press(placed.paymentId);
    const told = await stripe.tellOfSession('checkout.session.completed', placed.paymentId);
    expect(told.status).toBe(200);
    return placed;
  };
  const kept = [{ amount: 100, status: 'kept' }];
  const isBack = (orderId: string) =>
    until('the refund', async () => {
      await pay.pool.query("UPDATE charges SET ask_at = UTC_TIMESTAMP(3) WHERE status = 'to-refund'");
      await askForRefunds(pay);
      return (await pay.status(orderId)) === 'refunded';
    });

  it('sends the customer to the checkout, to the same one when it is left without paying', async () => {
    const { orderId, paymentId } = await pay.placed();
    const first = await press(paymentId);
    expect(first).toEqual({ status: 303, location: expect.stringMatching(/^https:\/\/checkout\.stripe\.com\//) });
    expect(await press(paymentId)).toEqual(first);
    const [session] = stripe.calls.filter(({ params }) => params.get('client_reference_id') === paymentId);
    expect(session?.params.get('line_items[0][price_data][currency]')).toBe('eur');
    expect(session?.params.get('line_items[0][price_data][unit_amount]')).toBe('100');
    expect(session?.params.get('success_url')).toBe(`https://shop.example/pay/${paymentId}`);
    expect(session?.params.get('metadata[orderId]')).toBe(orderId);
    expect(await pay.status(orderId)).toBe('pending');
  });

  it('Stripe makes one session although its answer is lost', async () => {
    const { paymentId } = await pay.placed();
    stripe.loseAnswers(1);
    expect((await press(paymentId)).status).toBe(303);
    expect(stripe.calls.filter(({ params }) => params.get('client_reference_id') === paymentId)).toHaveLength(1);
  });

  it('a paid session pays the order, however often Stripe says so', async () => {
    const { orderId, paymentId } = await paid();
    await stripe.tellOfSession('checkout.session.completed', paymentId);
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded']);
    expect((await pay.books(orderId)).ours).toEqual(kept);
  });

  it('a session that is completed before its money moves pays nothing yet; that the money will not move is a decline', async () => {
    const [later, never] = await Promise.all([pay.placed(), pay.placed()]);
    for (const { orderId, paymentId } of [later, never]) {
      await press(paymentId);
      await stripe.tellOfSession('checkout.session.completed', paymentId, { payment_status: 'unpaid' });
      expect(await pay.status(orderId)).toBe('pending');
    }
    await stripe.tellOfSession('checkout.session.async_payment_succeeded', later.paymentId);
    await stripe.tellOfSession('checkout.session.async_payment_failed', never.paymentId, { payment_status: 'unpaid' });
    expect(await pay.said(later.orderId)).toEqual(['payment-created', 'payment-succeeded']);
    expect(await pay.said(never.orderId)).toEqual(['payment-created', 'payment-failed']);
  });

  it('the order is cancelled after it was paid: the answer to the refund says that the money is back', async () => {
    const { orderId, paymentId } = await paid();
    await pay.cancel(orderId);
    await isBack(orderId);
    expect(stripe.isRefunded(paymentId)).toBe(true);
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded', 'payment-refunded']);
  });

  it('a refund whose answers are lost for longer than Stripe keeps its keys is known as done', async () => {
    const { orderId, paymentId } = await paid();
    await pay.cancel(orderId);
    // The first try and two retries of Stripe's library.
    stripe.loseAnswers(3);
    await askForRefunds(pay);
    expect([stripe.isRefunded(paymentId), await pay.status(orderId)]).toEqual([true, 'refunding']);
    stripe.forgetKeys();
    await isBack(orderId);
    expect((await pay.books(orderId)).ours).toEqual([{ amount: 100, status: 'refunded' }]);
  });

  it('R29: who pays after the end gets the money back', async () => {
    const { orderId, paymentId } = await pay.placed();
    await press(paymentId);
    await pay.cancel(orderId);
    await stripe.tellOfSession('checkout.session.completed', paymentId);
    await isBack(orderId);
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-voided', 'payment-refunded']);
  });

  it('a refund that was made by hand at Stripe is taken in', async () => {
    const { orderId, paymentId } = await paid();
    expect((await stripe.refundByHand(paymentId)).status).toBe(200);
    expect(await pay.status(orderId)).toBe('refunded');
  });

  it('an amount that Stripe will never charge declines the payment, and the page says so', async () => {
    const { orderId, paymentId } = await pay.placed({ amount: 1_040 });
    expect(await press(paymentId)).toEqual({ status: 303, location: `/pay/${paymentId}` });
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-failed']);
  });

  it('S10: an event that Stripe has not signed is 401 and changes nothing', async () => {
    const { orderId, paymentId } = await pay.placed();
    await press(paymentId);
    const forged = await stripe.tellOfSession('checkout.session.completed', paymentId, {}, `whsec_${'A'.repeat(44)}`);
    expect(forged.status).toBe(401);
    expect((await fetch(`${pay.url}/webhook`, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(await pay.status(orderId)).toBe('pending');
  });

  it.each([
    ['of a type that we do not read', 'customer.created', { id: 'cus_1' }],
    [
      'about a session of another shop',
      'checkout.session.completed',
      { payment_status: 'paid', payment_intent: 'pi', amount_total: 1, metadata: {} },
    ],
    ['about a charge of another shop', 'charge.refunded', { payment_intent: null, amount_refunded: 1, metadata: {} }],
  ])('an event %s is 200, and nothing is done', async (_what, type, object) => {
    expect((await stripe.tell(type, object)).status).toBe(200);
  });
});
