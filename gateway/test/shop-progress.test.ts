import type { OrderView } from '@quadrille/contracts/orders-http';
import { describe, expect, it } from 'vitest';
import { paymentHref } from '../shop/order.js';
import { reached, type Step, stepsOf } from '../shop/progress.js';
import { listed, money, news, took } from '../shop/words.js';
import { orderView, paymentId } from './fake-orders.ts';

/** Steps as `state title (who)`. */
const inShort = (steps: readonly Step[]) => steps.map(({ state, title, by }) => `${state} ${title} (${by})`);
const steps = (changes: Partial<OrderView>, seen = 0) => {
  const order = orderView(changes);
  return inShort(stepsOf(order, reached(order, seen)));
};
const payment = { paymentId, amount: 100, expiresAt: '2026-08-25T10:30:00.000Z' };
const placedAt = '2026-08-25T10:00:00.027Z';
const because = (step: 'order' | 'stock' | 'coupon' | 'pay') => ({ code: 'some-code', message: 'some reason', step });

describe("an order's way", () => {
  it.each<[OrderView['status'], string[]]>([
    ['submitted', ['done', 'now', 'ahead', 'ahead', 'ahead']],
    ['stock-reserved', ['done', 'done', 'now', 'ahead', 'ahead']],
    ['coupon-applied', ['done', 'done', 'done', 'now', 'ahead']],
    ['awaiting-payment', ['done', 'done', 'done', 'done', 'now']],
    ['paid', ['done', 'done', 'done', 'done', 'done']],
  ])('%s', (status, states) => {
    expect(steps({ status }).map((step) => step.split(' ')[0])).toEqual(states);
  });

  it('says how long it took, and until when it can be paid', () => {
    const order = orderView({ status: 'awaiting-payment', payment, placedAt, discount: 1000 });
    const notes = stepsOf(order, reached(order, 0)).map(({ note }) => note);
    expect(notes.slice(1, 4)).toEqual(['1 × product 1', '10.00 off', '1.00, 27 ms after it was submitted']);
    expect(notes[4]).toMatch(/^Waiting for you, until \d\d:\d\d$/);
  });

  it('refused by stock', () => {
    expect(steps({ status: 'cancelled', final: true, reason: because('stock') })).toEqual([
      'done Submitted (order)',
      'refused Refused by stock (stock)',
      'over Cancelled (order)',
    ]);
  });

  it('refused by coupon: the goods go back', () => {
    const reason = because('coupon');
    expect(steps({ status: 'cancelling', reason, pendingCompensations: ['stock'] })).toEqual([
      'done Submitted (order)',
      'undoing Goods set aside (stock)',
      'refused Refused by coupon (coupon)',
      'now Cancelling (order)',
    ]);
    expect(steps({ status: 'cancelled', final: true, reason })[1]).toBe('undone Goods given back (stock)');
  });

  it('cancelled by the user once placed: each service takes its part back', () => {
    const reason = because('order');
    expect(
      steps({ status: 'cancelling', placedAt, discount: 1000, reason, pendingCompensations: ['stock', 'coupon'] }),
    ).toEqual([
      'done Submitted (order)',
      'undoing Goods set aside (stock)',
      'undoing Coupon applied (coupon)',
      'undone Payment voided (pay)',
      'refused Turned back (order)',
      'now Cancelling (order)',
    ]);
  });

  it('cancelled before anything was received: nothing to take back, but stock is waited for', () => {
    const order = orderView({ status: 'cancelling', reason: because('order'), pendingCompensations: ['stock'] });
    const shown = stepsOf(order, reached(order, 0));
    expect(inShort(shown)).toEqual(['done Submitted (order)', 'refused Turned back (order)', 'now Cancelling (order)']);
    expect(shown.at(-1)?.note).toBe('Waiting for stock to answer');
  });

  it('remembers how far an order had come', () => {
    expect(steps({ status: 'cancelled', final: true, reason: because('order') }, 1)).toContain(
      'undone Goods given back (stock)',
    );
  });

  it('not paid', () => {
    expect(steps({ status: 'cancelled', final: true, placedAt, reason: because('pay'), couponId: 0 })).toEqual([
      'done Submitted (order)',
      'undone Goods given back (stock)',
      'done Payment asked for (pay)',
      'refused Not paid (pay)',
      'over Cancelled (order)',
    ]);
  });
});

describe('a service that has joined the saga', () => {
  const step = { type: 'shipment-created', after: 'payment-succeeded', by: 'logistics', happened: false };
  const happened = { ...step, happened: true };

  it('has a step of its own', () => {
    expect(steps({ status: 'awaiting-payment', awaitedSteps: [step] }).at(-1)).toBe(
      'ahead Shipment created (logistics)',
    );
    expect(steps({ status: 'paid', awaitedSteps: [step] }).at(-1)).toBe('now Shipment created (logistics)');
    expect(steps({ status: 'paid', final: true, awaitedSteps: [happened] }).at(-1)).toBe(
      'done Shipment created (logistics)',
    );
  });

  it('refuses a paid order: the money goes back', () => {
    // The types know only the services that are here.
    const reason = { ...because('order'), step: 'logistics' } as unknown as OrderView['reason'];
    expect(
      steps({
        status: 'cancelling',
        placedAt,
        couponId: 0,
        reason,
        pendingCompensations: ['pay'],
        awaitedSteps: [step],
      }),
    ).toEqual([
      'done Submitted (order)',
      'undone Goods given back (stock)',
      'done Payment asked for (pay)',
      'undoing Paid (pay)',
      'refused Refused by logistics (logistics)',
      'now Cancelling (order)',
    ]);
  });

  it('takes its step back when the order is cancelled after it', () => {
    expect(
      steps({ status: 'cancelled', final: true, placedAt, reason: because('order'), awaitedSteps: [happened] }, 4),
    ).toContain('undone Shipment created (logistics)');
  });
});

describe('words', () => {
  it.each([
    [0, '0.00'],
    [5, '0.05'],
    [1100, '11.00'],
    [110_000, '1,100.00'],
    [1_000_000_000_000, '10,000,000,000.00'],
  ])('%i is %s', (minor, words) => {
    expect(money(minor)).toBe(words);
  });

  it('tells what a screen reader needs', () => {
    const order = orderView({
      status: 'cancelling',
      reason: because('order'),
      pendingCompensations: ['stock', 'coupon', 'pay'],
    });
    expect(news(order)).toBe('Order 2a4b10: being cancelled. Some reason. Waiting for stock, coupon and pay.');
    expect(listed([])).toBe('');
    expect(took('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.500Z')).toBe('1.5 s');
  });
});

describe('where to pay', () => {
  const here = { href: 'http://127.0.0.1:8080/', protocol: 'http:', port: '8080' };
  it.each([
    ['http://localhost:8080/pay/1', '/pay/1'],
    ['http://localhost:9090/pay/1', 'http://localhost:9090/pay/1'],
    ['https://shop.example/pay/1', 'https://shop.example/pay/1'],
  ])('%s, seen from 127.0.0.1:8080: %s', (link, href) => {
    expect(paymentHref(link, here)).toBe(href);
  });
});
