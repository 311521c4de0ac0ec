import { createHash } from 'node:crypto';
import { toText } from '@quadrille/process/html';
import type { Question } from '@quadrille/providers/provider';
import { describe, expect, it } from 'vitest';
import { pageHeadersFor, paymentPage, troublePage } from '../page.ts';
import type { Payment, PaymentStatus } from '../schema.ts';
import { payment } from './happenings.ts';

const question: Question = {
  ...{ title: 'Test provider', label: 'Outcome', hint: 'Choose' },
  options: [
    { value: 'success', label: 'The money moves' },
    { value: 'never', label: 'No answer' },
  ],
};
const tenMinutes = 600_000;

const show = (
  status: PaymentStatus,
  more: Partial<Payment> = {},
  remaining = tenMinutes,
  asked: Question | null = question,
) => toText(paymentPage({ payment: payment(status, more), remaining }, { question: asked, checkout: null }));

const stageIn = (page: string) => /<main data-stage="(\w+)"/.exec(page)?.[1];
const titleIn = (page: string) => /<h1[^>]*>([^<]*)<\/h1>/.exec(page)?.[1];
const buttonsIn = (page: string) => [...page.matchAll(/<button[^>]*value="(\w+)">([^<]*)</g)].map(([, , text]) => text);

describe('the payment page', () => {
  it.each<[stage: string, title: string, buttons: string[], page: string]>([
    ['open', 'Pay 1.00', ['Pay 1.00', 'Decline'], show('pending')],
    ['asked', 'One moment', ['Do not pay after all'], show('pending', { startedAt: new Date() })],
    ['late', 'Time is up', [], show('pending', {}, 0)],
    ['late', 'Time is up', [], show('pending', { startedAt: new Date() }, -5)],
    ['paid', 'Paid', [], show('succeeded', { chargeId: 'ch_1' })],
    ['free', 'Nothing to pay', [], show('succeeded', { amount: 0 })],
    ['declined', 'Declined', [], show('failed')],
    ['expired', 'Too late', [], show('expired', {}, -1_000)],
    ['cancelled', 'Order cancelled', [], show('voided')],
    ['refunding', 'Refund on its way', [], show('refunding', { chargeId: 'ch_1' })],
    ['refunded', 'Refunded', [], show('refunded', { chargeId: 'ch_1' })],
  ])('%s: %s', (stage, title, buttons, page) => {
    expect([stageIn(page), titleIn(page), buttonsIn(page)]).toEqual([stage, title, buttons]);
    expect(page).toContain(`<title>${title} · Quadrille</title>`);
    // The choice and the clock belong to a payment that can still be made.
    expect(page.includes('<select')).toBe(stage === 'open');
    expect(page.includes('<time')).toBe(stage === 'open' || stage === 'asked');
    // By this the script knows whether to look again.
    const moves = ['open', 'asked', 'late', 'refunding'].includes(stage);
    expect(page).toContain(`<main data-stage="${stage}" data-moving="${moves}">`);
    expect(page).toContain('href="/"');
  });

  it('says what is paid: the order, its price, the coupon, the total', () => {
    const page = show('pending', { amount: 123_456_789, discount: 1_050 });
    const bill = [...page.matchAll(/<dt>([^<]+)<\/dt><dd>([^<]*)<\/dd>/g)].map(([, name, value]) => `${name} ${value}`);
    expect(bill).toEqual([
      `Order ${payment('pending').orderId}`,
      '1 × product 1 1,234,578.39',
      'Coupon −10.50',
      'Total 1,234,567.89',
    ]);
    expect(show('pending', { discount: 0 })).not.toContain('Coupon');
  });

  it('says without JavaScript until when, and looks again when something is to be seen', () => {
    expect(show('pending')).toContain('>10 min, until 12:15 UTC</time>');
    expect(show('pending', {}, 59_000)).toContain('>less than a minute, until 12:15 UTC</time>');
    const refresh = (page: string) =>
      /<noscript><meta http-equiv="refresh" content="(\d+)"><\/noscript>/.exec(page)?.[1];
    expect(refresh(show('pending', {}, 59_500))).toBe('61');
    expect(refresh(show('pending', { startedAt: new Date() }))).toBe('2');
    expect(refresh(show('refunding'))).toBe('2');
    expect(refresh(show('succeeded', { chargeId: 'ch_1' }))).toBeUndefined();
  });

  it('asks only if the provider has a question', () => {
    const page = show('pending');
    expect(page).toContain('<legend>Test provider</legend>');
    expect(page).toContain('<option value="never">No answer</option>');
    expect(show('pending', {}, tenMinutes, null)).not.toContain('Test provider');
  });

  it('with a checkout, shows the currency, and leads there as often as the customer comes back', () => {
    const withCheckout = (more: Partial<Payment>, currency = 'eur') => {
      const provider = { question: null, checkout: { origin: 'https://checkout.example', currency } };
      return toText(paymentPage({ payment: payment('pending', more), remaining: tenMinutes }, provider));
    };
    expect(buttonsIn(withCheckout({ amount: 1_050 }))).toEqual(['Pay €10.50', 'Decline']);
    expect(buttonsIn(withCheckout({ amount: 1_050, startedAt: new Date() }))).toEqual([
      'Pay €10.50',
      'Do not pay after all',
    ]);
    // A yen has no smaller unit, a dinar has a thousand.
    expect(titleIn(withCheckout({ amount: 1_050 }, 'jpy'))).toBe('Pay ¥1,050');
    expect(titleIn(withCheckout({ amount: 1_050 }, 'bhd'))).toBe('Pay BHD\u00a01.050');
    const policy = pageHeadersFor({ origin: 'https://checkout.example', currency: 'eur' })['content-security-policy'];
    expect(policy).toContain("form-action 'self' https://checkout.example;");
  });

  it('lets nothing that it shows become markup', () => {
    const evil = '"><script>alert(1)</script>\'&';
    const page = toText(
      paymentPage(
        { payment: payment('pending', { orderId: evil }), remaining: tenMinutes },
        { question: { title: evil, label: evil, hint: evil, options: [{ value: evil, label: evil }] }, checkout: null },
      ),
    );
    expect(page).not.toContain('alert(1)</script>');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('&quot;&gt;&lt;script&gt;');
  });

  it('runs the style and the script that it carries, and no other', () => {
    const page = show('pending');
    const policy = pageHeadersFor(null)['content-security-policy'];
    for (const element of ['style', 'script']) {
      const texts = [...page.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'))].map(([, text]) => text);
      expect(texts).toHaveLength(1);
      const hash = createHash('sha256').update(String(texts[0])).digest('base64');
      expect(policy).toContain(`${element}-src 'sha256-${hash}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self';");
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/\son\w+=|\sstyle=|(src|href)="(https?:)?\/\//);
  });

  it('gives every control a name', () => {
    const page = show('pending');
    for (const [, id] of page.matchAll(/<select id="(\w+)"/g)) expect(page).toContain(`<label for="${id}">`);
    expect(page).toContain('role="status"');
    expect(page).toContain('<html lang="en">');
    expect(page.match(/<h1/g)).toHaveLength(1);
  });
});

describe('in place of a payment', () => {
  it.each([
    [400, 'Not understood'],
    [404, 'No such payment'],
    [413, 'Not understood'],
    [500, 'A fault of ours'],
    [503, 'One moment'],
  ] as const)('%i: %s', (status, title) => {
    const page = toText(troublePage(status));
    expect([stageIn(page), titleIn(page), buttonsIn(page)]).toEqual(['trouble', title, []]);
    expect(page).toContain('href="/"');
  });
});
