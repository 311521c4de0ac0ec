import { isCompensating } from '@quadrille/contracts/saga';
import type { Pool } from '@quadrille/db/connect';
import type { Cluster } from '@quadrille/ops/cluster';
import { readTimelines, type Timeline, type TimelineEvent } from '@quadrille/ops/timeline';
import { waitingOf } from '@quadrille/ops/waiting';
import { html, type Markup, type Value } from '@quadrille/process/html';
import { HttpError } from '@quadrille/process/problem';
import { finishedAt, placedAt, submittedAt } from '../projection/order.ts';
import { readOrder } from '../read/orders.ts';
import { readOrderEvents, type TimelineRow } from '../read/timeline.ts';
import type { OrderRow } from '../schema.ts';
import { dataFor } from '../web/payload.ts';
import { type GuardedRoute, mayOperate } from '../web/route.ts';
import type { Viewer } from '../web/session.ts';
import type { Audience, Show } from '../web/show.ts';
import type { Sources } from '../web/source.ts';
import { awaited, clock, money, personal, since, time, took } from '../web/words.ts';
import { diagram } from './diagram.ts';
import { badge, notice, number, type Row, reasonOf, tableOf } from './parts.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws HttpError for what is no order id */
export const readOrderId = (text: string | undefined): string => {
  const id = text?.toLowerCase() ?? '';
  if (!uuid.test(id))
    throw new HttpError(
      400,
      `"${id.slice(0, 60)}" is no order id: one looks like 0198c0de-0000-7000-8000-000000000000`,
    );
  return id;
};

export type OrderParts = { readonly pool: Pool; readonly cluster: Cluster; readonly sources: Sources };

/** What the read model knows of an order, and what the services have made of its events; null: they cannot be asked now. */
export const lookAt = async ({ pool, cluster, sources }: OrderParts, orderId: string) => {
  const [[order, story], inside] = await Promise.all([
    sources.readModel.ask(() => Promise.all([readOrder(pool, orderId), readOrderEvents(pool, orderId)])),
    sources.services.ask(() => readTimelines(cluster, [orderId])).catch(() => null),
  ]);
  if (!order) throw new HttpError(404, `No event of an order ${orderId} has come here`);
  return { order, story, inside: inside?.get(orderId) ?? null };
};

export const orderPage = (parts: OrderParts, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/orders/{orderId}',
  needs: 'reader',
  handle: async (c, visit) => {
    const orderId = readOrderId(c.req.param('orderId'));
    const about = { title: `Order ${orderId.slice(0, 8)}`, place: '/orders', orderId } as const;
    return show(c, visit, about, async (audience) => {
      const { order, story, inside } = await lookAt(parts, orderId);
      const now = new Date();
      const { viewer } = audience;
      return html`<p class="crumbs"><a href="/orders">Orders</a></p>
<h1>Order <span class="id whole">${orderId}</span></h1>
<p class="standing" id="standing">${badge(order.status)} ${waitsOf(order, inside, now)} ${reasonOf(order)}</p>
${!inside && notice('The services cannot be asked now: who has processed what is not known, nor what is parked.')}
${facts(order, viewer)}
${operations(order, inside, audience)}
<h2>What happened</h2>
${diagram(story, order)}
<h2>Events</h2>
${eventTable(story, inside, viewer, order.firstAt)}`;
    });
  },
});

const waitsOf = (order: OrderRow, inside: Timeline | null, now: Date): Value => {
  const detail = inside && waitingOf(inside, now);
  if (!order.waitsSince) return detail ? html`<span class="quiet">${detail.what}</span>` : null;
  const plain = html`<span class="waits">waits for <b>${awaited(order.waitsFor)}</b> ${since(order.waitsSince, now)}</span>`;
  if (order.status === 'awaiting-payment' && order.paymentExpiresAt)
    return html`${plain} <span class="quiet">to pay until ${clock(order.paymentExpiresAt, now)}</span>`;
  return html`${plain}${detail && html` <span class="quiet">(${detail.what})</span>`}`;
};

const facts = (order: OrderRow, viewer: Viewer): Markup => {
  const end = finishedAt(order);
  const [submitted, placed] = [submittedAt(order), placedAt(order)];
  const { discount, paymentAmount, couponId } = order;
  const fact = (name: string, value: Value) => value !== null && html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="facts" id="facts">
${fact('Submitted', time(order.firstAt, 'exact'))}
${fact('Product', order.productId && html`${order.productCount} × product ${order.productId}`)}
${fact('User', personal(viewer, order.userId))}
${fact('Amount', personal(viewer, order.amount === null ? null : money(order.amount)))}
${fact('Coupon', couponId === 0 ? 'none' : personal(viewer, couponId))}
${fact('Discount', discount === null ? null : personal(viewer, money(discount)))}
${fact('To pay', paymentAmount === null ? null : personal(viewer, money(paymentAmount)))}
${fact('Placed after', submitted && placed && took(placed.getTime() - submitted.getTime()))}
${fact('Ended', end && time(end, 'exact'))}
${fact('Took', end && submitted && took(end.getTime() - submitted.getTime()))}
</dl>`;
};

const operations = (order: OrderRow, inside: Timeline | null, { viewer, token }: Audience): Value => {
  if (!mayOperate(viewer)) return null;
  const parked = parkedOf(inside);
  const isOver = finishedAt(order) !== null || order.status === 'cancelling';
  return html`<div class="operations" id="operations" data-keep="${order.status} ${parked.length}">
${parked.map(
  ({
    service,
    seq,
    type,
    cause,
    attempts,
  }) => html`<p class="notice bad">Parked in ${service}: <b>${type}</b> ${attempts === 0 ? 'waits behind another' : cause}
<a href="/parked/${service}/${seq}">look, retry, discard or edit</a></p>`,
)}
<a class="button" href="/replay?order=${order.orderId}">Replay…</a>
${
  !isOver &&
  html`<details><summary class="button">Cancel…</summary>
<form method="post" action="/orders/${order.orderId}/cancel">
  <input type="hidden" name="token" value="${token}">
  <label>Why<input name="why" required minlength="3" maxlength="500" placeholder="goes into the audit log, with your name"></label>
  <button class="danger">Cancel this order</button>
</form></details>`
}
</div>`;
};

const parkedOf = (inside: Timeline | null) =>
  (inside?.events ?? []).flatMap(({ type, deliveries }) =>
    deliveries.flatMap(({ service, parked }) => (parked && !parked.discardedAt ? [{ service, type, ...parked }] : [])),
  );

const eventTable = (story: readonly TimelineRow[], inside: Timeline | null, viewer: Viewer, day: Date): Markup => {
  const received = new Map((inside?.events ?? []).map((event) => [event.id, event]));
  const unpublished = (inside?.events ?? []).filter(({ id }) => !story.some(({ eventId }) => eventId === id));
  return html`${tableOf(
    ['Time', 'Event', 'Cause', number('After'), 'Processed by', { name: 'Data', kind: 'data' }],
    [
      ...story.map((event) => eventRow(event, received.get(event.eventId), viewer, day)),
      ...unpublished.map((event) => unseenRow(event, day)),
    ],
    'Events of this order',
  )}`;
};

const eventRow = (event: TimelineRow, inside: TimelineEvent | undefined, viewer: Viewer, day: Date): Row => {
  const { eventId, type, publisher, topic, partition, offset, cause, causationId, sinceCause, payload } = event;
  const fields = Object.keys(JSON.parse(payload.toString()) as object);
  return {
    id: `e-${eventId}`,
    cells: [
      clock(event.time, day, 'exact'),
      html`<b>${type}</b>${isCompensating(type) && html` <span class="tag undo">compensation</span>`}<br><span class="quiet place">${publisher} · ${topic}/${partition}@${offset}</span>`,
      cause
        ? html`<a href="#e-${cause.eventId}">${cause.type}</a>`
        : html`<span class="quiet">${causationId ? 'not seen yet' : 'user or deadline'}</span>`,
      sinceCause === null ? '–' : took(sinceCause),
      deliveries(inside),
      html`<details><summary>${fields.join(', ').slice(0, 60)}</summary>
<pre>${JSON.stringify(dataFor(viewer, payload), null, 2)}</pre>
<p class="quiet">id ${eventId}<br>trace ${event.traceparent.slice(3, 35)}<br>seen here ${time(event.seenAt, 'exact')}</p></details>`,
    ],
  };
};

/** An event that a service has said, and that has not come here. */
const unseenRow = (event: TimelineEvent, day: Date): Row => ({
  id: `e-${event.id}`,
  cells: [
    clock(event.time, day, 'exact'),
    html`<b>${event.type}</b> <span class="tag">${event.publication === 'published' ? 'on its way here' : event.publication}</span><br><span class="quiet">${event.publisher}${event.refusal && `: ${event.refusal}`}</span>`,
    null,
    null,
    deliveries(event),
    null,
  ],
});

const deliveries = (event: TimelineEvent | undefined): Value =>
  event &&
  html`<ul class="deliveries">${event.deliveries.map(({ service, takenAt, parked }) => {
    if (parked?.discardedAt) return html`<li class="quiet">discarded in ${service}</li>`;
    if (parked) return html`<li class="bad"><a href="/parked/${service}/${parked.seq}">parked in ${service}</a></li>`;
    const ms = takenAt && takenAt.getTime() - new Date(event.time).getTime();
    return html`<li${ms === null && html` class="waits"`}>${service} ${ms === null ? 'not yet' : took(ms)}</li>`;
  })}</ul>`;
