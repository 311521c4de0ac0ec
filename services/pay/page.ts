import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, type Markup, raw } from '@quadrille/process/html';
import { look } from '@quadrille/process/look';
import type { Checkout, PaymentProvider, Question } from '@quadrille/providers/provider';
import type { Payment } from './schema.ts';
import { isMoving, mayBePaid, type Stage, stageOf } from './stage.ts';
import type { FoundPayment } from './store.ts';

const file = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
const style = readFileSync(look, 'utf8') + file('page.css');
const script = file('page.js');
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page carries its style and script, and runs no other; no other site can frame it, and its form leads to the checkout at most. */
export const pageHeadersFor = (checkout: Checkout | null) => ({
  'cache-control': 'no-store',
  'content-security-policy':
    `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; img-src 'self'; connect-src 'self'; ` +
    `form-action 'self'${checkout ? ` ${checkout.origin}` : ''}; ` +
    "base-uri 'none'; frame-ancestors 'none'",
  // With `no-referrer` a browser would not say where a form comes from, not even to us.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
});

/** Minor units as people write them: 110000 is 1,100.00, and €1,100.00 where there is a currency. */
const moneyIn = (currency: string | undefined): ((minor: number) => string) => {
  if (!currency) return (minor) => (minor / 100).toLocaleString('en', { minimumFractionDigits: 2 });
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions();
  return (minor) => format.format(minor / 10 ** digits);
};
type Money = ReturnType<typeof moneyIn>;

/** What the page has to know of the provider. */
type Shown = Pick<PaymentProvider, 'question' | 'checkout'>;

type Words = { readonly title: string; readonly text: string };

const words = (stage: Stage, { amount }: Payment, { checkout }: Shown, money: Money): Words => {
  switch (stage) {
    case 'open':
      return { title: `Pay ${money(amount)}`, text: 'Your order is placed and waits for this payment.' };
    case 'asked':
      if (checkout) return { title: `Pay ${money(amount)}`, text: 'This page moves on by itself when you have paid.' };
      return { title: 'One moment', text: 'The payment provider is at work. This page moves on by itself.' };
    case 'late':
      return { title: 'Time is up', text: 'The payment is being closed.' };
    case 'paid':
      return { title: 'Paid', text: `We have received ${money(amount)}. Thank you; your order is complete.` };
    case 'free':
      return { title: 'Nothing to pay', text: 'The coupon covers it all; your order is complete.' };
    case 'declined':
      return {
        title: 'Declined',
        text: 'Nothing was charged. The order is being cancelled; goods and coupon go back.',
      };
    case 'expired':
      return {
        title: 'Too late',
        text: 'Nobody paid in time, and nothing was charged. The order is being cancelled; goods and coupon go back.',
      };
    case 'cancelled':
      return { title: 'Order cancelled', text: 'It was cancelled before it was paid. Nothing was charged.' };
    case 'refunding':
      return {
        title: 'Refund on its way',
        text: 'There is no order to pay for any more. What was charged is going back.',
      };
    case 'refunded':
      return {
        title: 'Refunded',
        text: 'There is no order to pay for any more. What was charged has gone back in full.',
      };
  }
};

/** The payment, what it is for, and what can be done about it now. */
export const paymentPage = (found: FoundPayment, provider: Shown): Markup => {
  const stage = stageOf(found);
  const money = moneyIn(provider.checkout?.currency);
  const { title, text } = words(stage, found.payment, provider, money);
  const moving = isMoving(stage);
  return layout({
    title,
    back: `/#order=${found.payment.orderId}`,
    // Without JavaScript the page looks again by itself, but for an open one only when its time is up: someone may be at the form.
    head: moving
      ? html`<noscript><meta http-equiv="refresh" content="${stage === 'open' ? Math.ceil(found.remaining / 1_000) + 1 : 2}"></noscript>`
      : html``,
    body: html`
<main data-stage="${stage}" data-moving="${String(moving)}">
  <div id="view" class="card">
    ${head(stage, title, text)}
    ${stage === 'open' || stage === 'asked' ? timeLeft(found) : html``}
    ${bill(found.payment, money)}
    ${stage === 'open' || stage === 'asked' ? form(found, provider, money) : html``}
  </div>
</main>
<p id="news" class="unseen" role="status"></p>`,
  });
};

const head = (stage: Stage, title: string, text: string): Markup => html`
    <div class="head">
      <span class="badge" aria-hidden="true">${raw(icons[stage])}</span>
      <div>
        <h1 tabindex="-1">${title}</h1>
        <p>${text}</p>
      </div>
    </div>`;

const bill = ({ orderId, productId, productCount, amount, discount }: Payment, money: Money): Markup => html`
    <dl class="bill">
      <div class="id"><dt>Order</dt><dd>${orderId}</dd></div>
      <div><dt>${productId ? html`${productCount} × product ${productId}` : 'Price'}</dt><dd>${money(amount + discount)}</dd></div>
      ${discount > 0 ? html`<div><dt>Coupon</dt><dd>−${money(discount)}</dd></div>` : html``}
      <div class="total"><dt>Total</dt><dd>${money(amount)}</dd></div>
    </dl>`;

/** What stands here without JavaScript does not move, so it says no more than stays true for a while. */
const timeLeft = ({ payment: { expiresAt }, remaining }: FoundPayment): Markup => {
  const iso = expiresAt?.toISOString() ?? '';
  const minutes = Math.floor(remaining / 60_000);
  const left = minutes < 1 ? 'less than a minute' : `${minutes} min`;
  return html`
    <p class="left">
      <span>Time left</span>
      <time datetime="${iso}" data-remaining="${remaining}">${left}, until ${iso.slice(11, 16)} UTC</time>
    </p>`;
};

const form = (found: FoundPayment, provider: Shown, money: Money): Markup => {
  const { question } = provider;
  const isOpen = stageOf(found) === 'open';
  return html`
    <form method="post">
      ${isOpen && question ? ask(question) : html``}
      <div class="actions">
        ${mayBePaid(found, provider) ? html`<button class="main" name="action" value="pay">Pay ${money(found.payment.amount)}</button>` : html``}
        <button name="action" value="decline">${isOpen ? 'Decline' : 'Do not pay after all'}</button>
      </div>
    </form>`;
};

const ask = ({ title, label, hint, options }: Question): Markup => html`
      <fieldset>
        <legend>${title}</legend>
        <label for="choice">${label}</label>
        <select id="choice" name="choice" aria-describedby="choice-hint">
          ${options.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}
        </select>
        <p id="choice-hint" class="hint">${hint}</p>
      </fieldset>`;

const troubles = {
  400: { title: 'Not understood', text: 'This form is not one of ours. Go back and load the page again.' },
  404: {
    title: 'No such payment',
    text: 'There is no payment at this address. Perhaps a part of the link is missing.',
  },
  413: { title: 'Not understood', text: 'This form is too large to be one of ours.' },
  500: {
    title: 'A fault of ours',
    text: 'It has been logged. Whether you have paid, this page will show when you come back.',
  },
  503: {
    title: 'One moment',
    text: 'We cannot look up the payment now. Nothing is lost; please try again in a while.',
  },
} as const;

/** Instead of a payment. */
export const troublePage = (status: keyof typeof troubles): Markup => {
  const { title, text } = troubles[status];
  return layout({
    title,
    back: '/',
    head: html``,
    body: html`<main data-stage="trouble"><div class="card">${head('cancelled', title, text)}</div></main>`,
  });
};

/** @param page.back where the shop shows the order, or just the shop */
const layout = ({
  title,
  back,
  head,
  body,
}: {
  title: string;
  back: string;
  head: Markup;
  body: Markup;
}): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · Quadrille</title>
<link rel="icon" type="image/svg+xml" href="/shop/icon.svg">
<style>${raw(style)}</style>
${head}
</head>
<body>
<header>
  <a href="/"><img src="/shop/icon.svg" alt="" width="26" height="26">Quadrille</a>
</header>
${body}
<footer><a href="${back}">Back to the shop</a></footer>
<script type="module">${raw(script)}</script>
</body>
</html>
`;

const icon = (path: string): string =>
  `<svg width="26" height="26" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${path}</svg>`;
const tick = icon('<path d="m5 13 4.5 4.5L19 7"/>');
const cross = icon('<path d="m7 7 10 10M17 7 7 17"/>');
const clock = icon('<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>');
const card = icon('<rect x="3" y="5.5" width="18" height="13" rx="2.5"/><path d="M3 10h18M7 15h3"/>');
const back = icon('<path d="M9 6 4 11l5 5M4 11h10.5a5 5 0 0 1 0 10H12"/>');

const icons: Record<Stage, string> = {
  ...{ open: card, asked: clock, late: clock, paid: tick, free: tick },
  ...{ declined: cross, expired: clock, cancelled: cross, refunding: back, refunded: back },
};
