import { orderStatus } from '@quadrille/contracts/orders-http';
import type { Pool } from '@quadrille/db/connect';
import type { Page } from '@quadrille/ops/page';
import { html, type Markup } from '@quadrille/process/html';
import { finishedAt, submittedAt } from '../projection/order.ts';
import { type FilterField, type FilterQuestion, readFilter, toQuery } from '../read/filters.ts';
import { findOrders, mostCounted, readWaiting, type WaitingGroup } from '../read/orders.ts';
import type { OrderRow } from '../schema.ts';
import { type GuardedRoute, mayOperate } from '../web/route.ts';
import type { Viewer } from '../web/session.ts';
import type { Show } from '../web/show.ts';
import type { Sources } from '../web/source.ts';
import { awaited, clock, count, money, personal, shortId, since, took } from '../web/words.ts';
import { badge, faults, pager } from './parts.ts';

export const pageSize = 50;

/** What a reader may not filter by: the answer would tell. */
export const hiddenFrom = (viewer: Viewer): readonly FilterField[] => (mayOperate(viewer) ? [] : ['user']);

export const ordersPage = (pool: Pool, { readModel }: Pick<Sources, 'readModel'>, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/orders',
  needs: 'reader',
  handle: (c, visit) => {
    const query = new URL(c.req.url).searchParams;
    const asked = () => readFilter(query, hiddenFrom(visit.viewer), new Date());
    const { errors } = asked();
    return show(
      c,
      visit,
      { title: 'Orders', place: '/orders', status: errors.length > 0 ? 400 : 200 },
      async ({ viewer }) => {
        const question = asked();
        const isRefused = question.errors.length > 0;
        const nothing: Page<OrderRow, string> = { items: [], next: null };
        const [found, waiting] = await readModel.ask(() =>
          Promise.all([isRefused ? nothing : findOrders(pool, question.filter, pageSize), readWaiting(pool)]),
        );
        const now = new Date();
        return html`<h1>Orders</h1>
${waits(waiting, now)}
${statuses(question)}
${filterForm(question, viewer)}
${faults(question.errors)}
${!isRefused && list(found, question, viewer, now)}`;
      },
    );
  },
});

const waits = (groups: readonly WaitingGroup[], now: Date): Markup =>
  groups.length === 0
    ? html`<p class="tiles none" id="waits">No order waits for anything.</p>`
    : html`<ul class="tiles" id="waits">${groups.map(({ waitsFor, orders, since: from, oldest }) => {
        const number = orders < mostCounted ? String(orders) : `${mostCounted.toLocaleString('en')}+`;
        return html`<li id="waits-${waitsFor.join('-')}"${waitsFor[0] === 'customer' && html` class="calm"`}>
  <b>${number}</b> ${orders === 1 ? 'waits' : 'wait'} for ${awaited(waitsFor)}
  <a href="/orders/${oldest}">longest ${since(from, now)}</a></li>`;
      })}</ul>`;

const statuses = ({ given }: FilterQuestion): Markup => {
  const chip = (status: string | undefined, name: string) => {
    const here = (given.status ?? '') === (status ?? '');
    return html`<a href="/orders${toQuery(given, { status: status ?? '', before: '' })}"${here && html` aria-current="true"`}>${name}</a>`;
  };
  return html`<nav class="chips" aria-label="Status">${chip(undefined, 'all')}${orderStatus.options.map((status) => chip(status, status))}</nav>`;
};

const filterForm = ({ given, errors }: FilterQuestion, viewer: Viewer): Markup => {
  const field = (name: FilterField, label: string, hint: string) => {
    const error = errors.find((each) => each.field === name);
    return html`<label>${label}<input name="${name}" value="${given[name]}" placeholder="${hint}" autocomplete="off" spellcheck="false"${error && html` aria-invalid="true"`}></label>`;
  };
  const isOpen = errors.length > 0 || fieldsOfForm.some((name) => given[name]);
  return html`<details class="filter" id="filter" data-keep${isOpen && html` open`}>
<summary>Filter</summary>
<form action="/orders" role="search">
  ${given.status && html`<input type="hidden" name="status" value="${given.status}">`}
  ${field('id', 'Order', '0198c0de… or its beginning')}
  ${mayOperate(viewer) && field('user', 'User', '1')}
  ${field('product', 'Product', '1')}
  ${field('reason', 'Reason', 'insufficient-stock')}
  ${field('from', 'From (UTC)', '15m, or 2026-01-31 12:00')}
  ${field('to', 'To (UTC)', '5m, or 2026-01-31 13:00')}
  <p class="operations"><button>Find</button> <a href="/orders">Clear</a></p>
</form></details>`;
};

const fieldsOfForm: readonly FilterField[] = ['id', 'user', 'product', 'reason', 'from', 'to'];

const list = (
  { items: orders, next }: Page<OrderRow, string>,
  { given }: FilterQuestion,
  viewer: Viewer,
  now: Date,
): Markup => html`
<div class="rows" role="table" aria-label="Orders, newest first">
<div class="row head" role="row">${headings.map(([name, kind]) => html`<span role="columnheader" class="${kind}">${name}</span>`)}</div>
${orders.map((order) => row(order, viewer, now))}
</div>
${orders.length === 0 && html`<p class="none" id="none">${emptiness(given)}</p>`}
${pager('/orders', given, next, `${count(orders.length, 'order')} on this page`)}`;

const headings = [
  ['Order', ''],
  ['Status', ''],
  ['Product', ''],
  ['Amount', 'number'],
  ['User', 'number'],
  ['Submitted', ''],
  ['What it waits for, or how it ended', ''],
] as const;

const emptiness = (given: FilterQuestion['given']): string =>
  Object.values(given).some(Boolean) ? 'No order is like that.' : 'No order yet. Place one, and it shows up here.';

const row = (order: OrderRow, viewer: Viewer, now: Date): Markup => html`
<div class="row" role="row" id="o-${order.orderId}">
  <span role="cell" class="id"><a href="/orders/${order.orderId}" title="${order.orderId}">${shortId(order.orderId)}</a></span>
  <span role="cell">${badge(order.status)}</span>
  <span role="cell" class="goods">${order.productId === null ? '–' : html`${order.productCount} × product ${order.productId}`}</span>
  <span role="cell" class="number amount">${personal(viewer, order.amount === null ? null : money(order.amount))}</span>
  <span role="cell" class="number user"><span class="unwide">user </span>${personal(viewer, order.userId)}</span>
  <span role="cell" class="when">${clock(order.firstAt, now)}</span>
  <span role="cell" class="why">${whyOf(order, now)}</span>
</div>`;

const whyOf = (order: OrderRow, now: Date): Markup => {
  const waiting =
    order.waitsSince && html`<span class="waits">${awaited(order.waitsFor)}</span> ${since(order.waitsSince, now)}`;
  const reason =
    order.reasonCode === null ? null : html`<b class="code">${order.reasonCode}</b> ${order.reasonMessage}`;
  const [start, end] = [submittedAt(order), finishedAt(order)];
  const lasted = end && start && html`<span class="quiet">after ${took(end.getTime() - start.getTime())}</span>`;
  return html`${waiting}${waiting && reason && ' · '}${reason} ${lasted}`;
};
