import { randomUUID } from 'node:crypto';
import { metrics } from '@quadrille/process/metrics';
import { sign } from '@quadrille/providers/webhook';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningPay, secret, startPay, succeeded } from './running-pay.ts';

describe('the webhook', () => {
  let pay: RunningPay;
  beforeAll(async () => {
    pay = await startPay();
  });
  afterAll(() => pay?.stop());

  const problem = (status: number) => ({ status, type: 'application/problem+json', body: { status } });

  it('makes a payment: state, books and event in one', async () => {
    const { orderId, paymentId } = await pay.placed();
    expect(await pay.tell(succeeded(paymentId))).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await pay.status(orderId)).toBe('succeeded');
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded']);
    expect((await pay.books(orderId)).ours).toEqual([{ amount: 100, status: 'kept' }]);
  });

  it("the event belongs to the order's trace", async () => {
    const { orderId, paymentId } = await pay.placed();
    await pay.tell(succeeded(paymentId));
    const sql = 'SELECT DISTINCT SUBSTRING(traceparent, 4, 32) AS trace FROM outbox WHERE correlation_id = ?';
    expect(await pay.select(sql, [orderId])).toHaveLength(1);
  });

  it('S10: 200 messages about one charge at once, some the same and some not: charged once, told once', async () => {
    const { orderId, paymentId } = await pay.placed();
    const message = succeeded(paymentId);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => pay.tell(index % 2 ? message : { ...message, id: randomUUID() })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded']);
    expect((await pay.books(orderId)).ours).toEqual([{ amount: 100, status: 'kept' }]);
  });

  it.each<[what: string, headers: Record<string, string>, offset?: number]>([
    ['without a signature', { 'webhook-signature': '' }],
    ['with a forged one', { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }],
    ['with the id of another message', { 'webhook-id': randomUUID() }],
    ['with another time', { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 1) }],
    ['replayed after 5 minutes', {}, -302_000],
    ['from the future', {}, 310_000],
  ])('S10: %s it is 401 and changes nothing', async (_what, headers, offset = 0) => {
    const { orderId, paymentId } = await pay.placed();
    expect(await pay.tell(succeeded(paymentId), headers, Date.now() + offset)).toMatchObject(problem(401));
    expect(await pay.status(orderId)).toBe('pending');
    expect(await pay.said(orderId)).toEqual(['payment-created']);
  });

  it('S10: altered, it is 401, and nobody looked at what it says', async () => {
    const { orderId, paymentId } = await pay.placed();
    const message = succeeded(paymentId);
    const headers = sign(secret, message.id, Buffer.from(JSON.stringify(message)), Date.now());
    for (const body of [JSON.stringify({ ...message, amount: 1 }), '{"type":', '']) {
      const response = await fetch(`${pay.url}/webhook`, { method: 'POST', headers, body });
      expect(response.status).toBe(401);
    }
    expect(await pay.status(orderId)).toBe('pending');
  });

  it.each<[what: string, body: string]>([
    ['no JSON', 'charge-succeeded'],
    ['of no type', '{"id":"0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10"}'],
    ['of a type that is no text', '{"type":7,"id":"0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10"}'],
    ['a list', '["charge-succeeded"]'],
    ['with a negative amount', JSON.stringify({ ...succeeded(randomUUID()), amount: -1 })],
    ['with half a cent', JSON.stringify({ ...succeeded(randomUUID()), amount: 0.5 })],
  ])('signed, but %s, it is 400', async (_what, text) => {
    const body = Buffer.from(text);
    const id = /"id":"([^"]*)"/.exec(text)?.[1] ?? 'none';
    const headers = sign(secret, id, body, Date.now());
    expect((await fetch(`${pay.url}/webhook`, { method: 'POST', headers, body })).status).toBe(400);
  });

  it.each([
    ['payout', '{"type":"payout","id":"0198f0d2-7c1e-7a52-9d3b-5f0c6e2a4b10"}'],
    ['without an id', '{"type":"charge.dispute.created"}'],
    ['with letters of another case', '{"type":"Charge-Succeeded"}'],
    ['of the prototype', '{"type":"constructor"}'],
  ])(
    'E3: signed, but of a type that we do not know (%s), it is 200, noted, and nothing is done',
    async (_what, text) => {
      const counted = async () =>
        (await metrics.getSingleMetric('quadrille_pay_webhooks_ignored_total')?.get())?.values[0]?.value ?? 0;
      const before = await counted();
      const body = Buffer.from(text);
      const response = await fetch(`${pay.url}/webhook`, {
        method: 'POST',
        headers: sign(secret, 'any', body, Date.now()),
        body,
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ status: 'ok' });
      expect(await counted()).toBe(before + 1);
      const unsigned = await fetch(`${pay.url}/webhook`, { method: 'POST', body });
      expect(unsigned.status).toBe(401);
      expect(await counted()).toBe(before + 1);
    },
  );

  it('E3: a refund that is told of before its charge is kept: in every order, and repeated, the money ends refunded', async () => {
    const orders = [
      ['refunded', 'succeeded'],
      ['succeeded', 'refunded'],
      ['refunded', 'refunded', 'succeeded', 'succeeded', 'refunded'],
      ['refunded', 'cancel', 'succeeded'],
      ['cancel', 'refunded', 'succeeded'],
      ['refunded', 'succeeded', 'cancel'],
      ['succeeded', 'refunded', 'cancel'],
      ['part', 'succeeded', 'refunded'],
      ['part', 'refunded', 'succeeded'],
    ] as const;
    for (const steps of orders) {
      const { orderId, paymentId } = await pay.placed();
      const charge = { paymentId, chargeId: `ch_${paymentId}` };
      for (const step of steps) {
        if (step === 'cancel') await pay.cancel(orderId);
        else {
          const type = step === 'succeeded' ? 'charge-succeeded' : 'charge-refunded';
          const told = await pay.tell({ type, id: randomUUID(), ...charge, amount: step === 'part' ? 40 : 100 });
          expect(told.status).toBe(200);
        }
      }
      expect([steps, (await pay.books(orderId)).ours]).toEqual([steps, [{ amount: 100, status: 'refunded' }]]);
      expect([steps, await pay.status(orderId)]).toEqual([steps, 'refunded']);
    }
  });

  it('E3: a refund of a part that comes first is not taken for one of the whole', async () => {
    const { orderId, paymentId } = await pay.placed();
    await pay.tell({ type: 'charge-refunded', id: randomUUID(), paymentId, chargeId: `ch_${paymentId}`, amount: 40 });
    await pay.tell(succeeded(paymentId));
    expect(await pay.status(orderId)).toBe('succeeded');
    expect((await pay.books(orderId)).ours).toEqual([{ amount: 100, status: 'kept' }]);
  });

  it('E2: knows a payment by its id in upper case, in messages and on the page', async () => {
    const { orderId, paymentId } = await pay.placed();
    const upper = paymentId.toUpperCase();
    expect((await fetch(`${pay.url}/pay/${upper}`)).status).toBe(200);
    const form = (fields: Record<string, string>) =>
      fetch(`${pay.url}/pay/${upper}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
    const answer = await form({ action: 'pay', choice: 'never' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/pay/${paymentId}`]);
    expect((await pay.tell(succeeded(upper, 100, 'ch_upper'))).status).toBe(200);
    expect(await pay.status(orderId)).toBe('succeeded');
    const stored = await pay.select('SELECT payment_id AS paymentId FROM charges WHERE order_id = ?', [orderId]);
    expect(stored).toEqual([{ paymentId }]);
  });

  it('E2: a form field that may be left out may be empty; one that is needed may not', async () => {
    const { paymentId } = await pay.placed();
    const form = (body: string) =>
      fetch(`${pay.url}/pay/${paymentId}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        redirect: 'manual',
      }).then(({ status }) => status);
    expect(await form('action=&choice=')).toBe(400);
    expect(await form('action=pay&choice=no-such-choice')).toBe(400);
    expect(await form('action=pay&choice=')).toBe(303);
  });

  it('about a payment that there is not, it is 404', async () => {
    expect(await pay.tell(succeeded(randomUUID()))).toMatchObject(problem(404));
  });

  it('takes no more than 64 KB', async () => {
    const body = Buffer.alloc(64 * 1024 + 1, ' ');
    const headers = sign(secret, 'x', body, Date.now());
    expect((await fetch(`${pay.url}/webhook`, { method: 'POST', headers, body })).status).toBe(413);
  });

  it('with the wrong amount it fails the payment, and asks for the money back', async () => {
    const { orderId, paymentId } = await pay.placed();
    expect((await pay.tell(succeeded(paymentId, 99))).status).toBe(200);
    expect(await pay.status(orderId)).toBe('refunding');
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-failed']);
    expect((await pay.books(orderId)).ours).toEqual([{ amount: 99, status: 'to-refund' }]);
  });

  it('about a second charge it gives that one back and keeps the first', async () => {
    const { orderId, paymentId } = await pay.placed();
    await pay.tell(succeeded(paymentId, 100, 'ch_a'));
    await pay.tell(succeeded(paymentId, 100, 'ch_b'));
    expect(await pay.status(orderId)).toBe('succeeded');
    expect((await pay.books(orderId)).ours).toEqual([
      { amount: 100, status: 'kept' },
      { amount: 100, status: 'to-refund' },
    ]);
    await pay.tell({ type: 'charge-refunded', id: randomUUID(), paymentId, chargeId: 'ch_b', amount: 100 });
    expect((await pay.books(orderId)).ours.map(({ status }) => status)).toEqual(['kept', 'refunded']);
    expect(await pay.said(orderId)).toEqual(['payment-created', 'payment-succeeded']);
  });
});
