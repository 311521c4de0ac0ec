import type { OrderStatus } from '@quadrille/contracts/orders-http';
import type { OrderRow } from '../schema.ts';
import { html, type Markup, type Value } from '../web/html.ts';
import type { FieldError } from '../web/refusal.ts';

const tones: Readonly<Record<OrderStatus, 'going' | 'waiting' | 'good' | 'bad' | 'over'>> = {
  submitted: 'going',
  'stock-reserved': 'going',
  'coupon-applied': 'going',
  'awaiting-payment': 'waiting',
  paid: 'good',
  cancelling: 'bad',
  cancelled: 'over',
};

export const badge = (status: OrderStatus): Markup => html`<span class="badge ${tones[status]}">${status}</span>`;

/** Why an order is not, or will not be. */
export const reasonOf = ({ reasonCode, reasonMessage, reasonStep }: OrderRow): Markup | null =>
  reasonCode === null
    ? null
    : html`<b class="code">${reasonCode}</b> ${reasonMessage} <span class="quiet">(${reasonStep})</span>`;

/** @param headings `number` for a column of numbers */
export const tableOf = (
  headings: readonly (string | { readonly number: string })[],
  rows: readonly Markup[],
  caption: string,
): Markup => html`
<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption class="unseen">${caption}</caption>
<thead><tr>${headings.map((heading) => (typeof heading === 'string' ? html`<th scope="col">${heading}</th>` : html`<th scope="col" class="number">${heading.number}</th>`))}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;

export const faults = (errors: readonly FieldError[]): Markup | false =>
  errors.length > 0 &&
  html`<div class="notice bad" role="alert" tabindex="-1"><p><b>This cannot be looked for:</b></p><ul>${errors.map(
    ({ field, message }) => html`<li><b>${field}</b> ${message}</li>`,
  )}</ul></div>`;

export const notice = (text: Value, tone: 'good' | 'bad' | 'plain' = 'plain'): Markup =>
  html`<p class="notice ${tone}" role="status">${text}</p>`;
