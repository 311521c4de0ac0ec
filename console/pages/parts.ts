import type { OrderStatus } from '@quadrille/contracts/orders-http';
import { html, type Markup, type Value } from '@quadrille/process/html';
import type { FieldError } from '@quadrille/process/problem';
import { toQuery } from '../read/filters.ts';
import type { OrderRow } from '../schema.ts';
import { namesOf, type Source } from '../web/source.ts';

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

/** `head`: what the row is about. */
export type Column = { readonly name: string; readonly kind: 'head' | 'plain' | 'number' | 'id' | 'cause' | 'data' };
export type Row = { readonly id?: string; readonly cells: readonly Value[] };

/** The roles are said again because a phone shows the rows as cards, and a table that is not shown as one is none to a screen reader. */
export const tableOf = (columns: readonly (Column | string)[], rows: readonly Row[], caption: string): Markup => {
  const all = columns.map((column): Column => (typeof column === 'string' ? { name: column, kind: 'plain' } : column));
  const cell = (value: Value, index: number) => {
    const { name, kind } = all[index] ?? { name: '', kind: 'plain' };
    return kind === 'head'
      ? html`<th scope="row" role="rowheader" data-name="${name}">${value}</th>`
      : html`<td role="cell" class="${kind}" data-name="${name}">${value}</td>`;
  };
  return html`
<div class="scroll cards" tabindex="0" role="region" aria-label="${caption}"><table role="table">
<caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">${all.map(({ name, kind }) => html`<th scope="col" role="columnheader"${kind === 'number' && html` class="number"`}>${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(({ id, cells }) => html`<tr role="row"${id && html` id="${id}"`}>${cells.map(cell)}</tr>`)}</tbody>
</table></div>`;
};

export const number = (name: string): Column => ({ name, kind: 'number' });

/** Links to the newest of a list and to what follows. @param query of the page that is shown */
export const pager = (
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  next: string | number | null,
  about: Value = null,
): Markup => html`<nav class="pages" aria-label="Pages">
  ${query.before && html`<a href="${path}${toQuery(query, { before: '' })}" rel="first">« Newest</a>`}
  ${about && html`<span class="quiet">${about}</span>`}
  ${next !== null && html`<a href="${path}${toQuery(query, { before: String(next) })}" rel="next">Older »</a>`}
</nav>`;

export const faults = (errors: readonly FieldError[]): Markup | false =>
  errors.length > 0 &&
  html`<div class="notice bad" role="alert" tabindex="-1"><p><b>This cannot be looked for:</b></p><ul>${errors.map(
    ({ field, message }) => html`<li><b>${field}</b> ${message}</li>`,
  )}</ul></div>`;

export const notice = (text: Value, tone: 'good' | 'bad' | 'plain' = 'plain'): Markup =>
  html`<p class="notice ${tone}" role="status">${text}</p>`;

/** Says what a page leaves out because a database did not answer. */
export const missing = (away: readonly Source[]): Markup | false =>
  away.length > 0 &&
  html`<p class="notice bad" id="away" role="status">${namesOf(away)}; the rest of this page is as it is now.</p>`;
