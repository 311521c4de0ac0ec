import type { Cluster } from '@quadrille/ops/cluster';
import { isChoice, limits } from '@quadrille/ops/limits';
import { type ParkedDetail, type ParkedView, showParked } from '@quadrille/ops/parked';
import { html, type Markup, type Value } from '@quadrille/process/html';
import { HttpError } from '@quadrille/process/problem';
import { z } from 'zod';
import type { Operations } from '../operations.ts';
import { mostParked, readSomeParked } from '../read/parked.ts';
import { goTo } from '../web/answers.ts';
import { all, demandChoice, optional, readFields, service, whole, why } from '../web/fields.ts';
import { leaveNotice } from '../web/notices.ts';
import { bytesFor } from '../web/payload.ts';
import { type GuardedRoute, mayOperate } from '../web/route.ts';
import type { Session } from '../web/session.ts';
import type { Audience, Show } from '../web/show.ts';
import { answerOf, type Sources } from '../web/source.ts';
import { count, shortId, since, time } from '../web/words.ts';
import { missing, notice, number, tableOf } from './parts.ts';

export const parkedFilter = z.object({
  service: optional(service),
  type: optional(z.string().max(64)),
  orderId: optional(z.uuid('must be an order id')),
  cause: optional(z.string().max(200)),
});
type Filter = z.output<typeof parkedFilter>;

/** Which orders to retry, and why. */
export const retryFields = parkedFilter.extend({ all, why });

/** @throws HttpError when nothing is chosen, and "all" was not said */
export const readRetry = (body: unknown): { readonly filter: Filter; readonly why: string } => {
  const { why: because, all: said, ...filter } = readFields(body, retryFields);
  demandChoice(said, ...Object.values(filter));
  return { filter, why: because };
};

export const place = z.object({ service, seq: whole });

type Parts = { readonly cluster: Cluster; readonly operations: Operations; readonly sources: Sources };

export const parkedRoutes = ({ cluster, operations, sources }: Parts, show: Show): GuardedRoute[] => [
  {
    method: 'get',
    path: '/parked',
    needs: 'reader',
    handle: (c, visit) => {
      const filter = readFields(Object.fromEntries(new URL(c.req.url).searchParams), parkedFilter);
      return show(c, visit, { title: 'Parked events', place: '/parked' }, async (audience) => {
        const { parked, more, away } = await readSomeParked(cluster, sources, filter);
        return html`<h1>Parked events</h1>
<p class="lead">An event that could not be applied waits here, and later ones of its order behind it. Other orders go on.</p>
${filterForm(filter)}
${missing(away)}
${parked.length === 0 ? away.length === 0 && html`<p class="none">${Object.values(filter).some(Boolean) ? 'Nothing parked is like that.' : 'Nothing is parked.'}</p>` : list(parked)}
${more && notice(html`Only the first ${mostParked} are shown: filter, or use <code>npm run ops -- parked list</code>.`)}
${parked.length > 0 && mayOperate(audience.viewer) && retryForm(filter, parked, audience)}`;
      });
    },
  },
  {
    method: 'post',
    path: '/parked/retry',
    needs: 'operator',
    handle: async (_, { body, viewer, session }) => {
      const { filter, why: because } = readRetry(body);
      const done = await operations.retry(filter, { who: viewer.name, why: because });
      if (done === null) return goOn(session);
      const tone = done.stuck > 0 ? 'bad' : 'good';
      leaveNotice(
        session,
        `${count(done.released, 'event')} retried${stuckWords(done.stuck)}${done.stopped ? `; stopped: ${done.stopped}` : ''}.`,
        tone,
      );
      return goTo('/parked');
    },
  },
  {
    method: 'get',
    path: '/parked/{service}/{seq}',
    needs: 'reader',
    handle: async (c, visit) => {
      const at = readFields(c.req.param(), place);
      return show(c, visit, { title: `Parked in ${at.service}`, place: '/parked' }, async (audience) => {
        const source = sources[at.service];
        const event = await source.ask(() => showParked(cluster, at.service, at.seq));
        const retry = await answerOf(source, () => predicted(operations, event));
        return detailPage(event, retry ?? 'cannot be predicted now', audience);
      });
    },
  },
  {
    method: 'post',
    path: '/parked/{service}/{seq}/{operation}',
    needs: 'operator',
    handle: async (c, { body, viewer, session }) => {
      const { operation, ...where } = c.req.param() as Record<string, string>;
      if (operation !== 'edit' && operation !== 'discard' && operation !== 'retry' && operation !== 'release')
        throw new HttpError(404, 'There is nothing at this address');
      const at = readFields(where, place);
      const author = (because: string) => ({ who: viewer.name, why: because });
      if (operation === 'edit') {
        const { why: because, key, payload } = readFields(body, editFields);
        // A form sends line ends as CR LF, whatever they were.
        await operations.edit(
          at,
          {
            ...(key !== undefined && { key }),
            ...(payload !== undefined && { payload: payload.replaceAll('\r\n', '\n') }),
          },
          author(because),
        );
        leaveNotice(session, 'Edited. It stays parked: retry it when you are done.');
        return goTo(`/parked/${at.service}/${at.seq}`);
      }
      const { why: because } = readFields(body, z.object({ why }));
      const { orderId, eventId } = await sources[at.service].ask(() => showParked(cluster, at.service, at.seq));
      const done =
        operation === 'discard'
          ? await operations.discard(at, author(because))
          : await operations.retry({ service: at.service, orderId }, author(because));
      if (done === null) return goOn(session);
      const left = done.left > 0 ? `; ${count(done.left, 'event')} behind it still blocked: retry the rest` : '';
      const did = operation === 'discard' ? `Discarded${left}` : `${count(done.released, 'event')} retried`;
      leaveNotice(session, `${did}${stuckWords(done.stuck)}.`, done.stuck > 0 ? 'bad' : 'good');
      return goTo(orderId === eventId ? '/parked' : `/orders/${orderId}`);
    },
  },
];

export const editFields = z.object({
  why,
  key: z.string().max(200).optional(),
  payload: z.string().max(300_000).optional(),
});

const goOn = (session: Session): Response => {
  leaveNotice(session, 'It is under way; this page follows it.');
  return goTo('/audit-log');
};

const stuckWords = (stuck: number): string =>
  stuck > 0 ? `; ${count(stuck, 'order')} still stuck, see the cause` : '';

const filterForm = (filter: Filter): Markup => html`
<details class="filter" id="filter" data-keep${Object.values(filter).some(Boolean) && html` open`}><summary>Filter</summary>
<form action="/parked" role="search">
  <label>Service<input name="service" value="${filter.service}" placeholder="stock"></label>
  <label>Event<input name="type" value="${filter.type}" placeholder="order-created"></label>
  <label>Order<input name="orderId" value="${filter.orderId}" placeholder="0198c0de-0000-7000-8000-000000000000"></label>
  <label>Cause contains<input name="cause" value="${filter.cause}"></label>
  <p class="operations"><button>Find</button> <a href="/parked">Clear</a></p>
</form></details>`;

const list = (parked: readonly ParkedView[]): Markup => {
  const now = new Date();
  return tableOf(
    ['Service', 'Event', { name: 'Order', kind: 'id' }, { name: 'Cause', kind: 'cause' }, number('Tries'), 'Parked'],
    parked.map(({ service, seq, type, eventId, orderId, cause, attempts, parkedAt }) => ({
      id: `p-${service}-${seq}`,
      cells: [
        service,
        html`<a href="/parked/${service}/${seq}">${type ?? 'unreadable'}</a>`,
        orderId === eventId ? 'unknown' : html`<a href="/orders/${orderId}" title="${orderId}">${shortId(orderId)}</a>`,
        attempts === 0 ? html`<span class="quiet">${cause}</span>` : cause,
        attempts,
        since(parkedAt, now),
      ],
    })),
    'Parked events, the oldest first',
  );
};

const retryForm = (filter: Filter, parked: readonly ParkedView[], { token }: Audience): Markup => {
  const orders = new Set(parked.map(({ orderId }) => orderId)).size;
  return html`<details class="operation" id="retry-all" data-keep><summary class="button">Retry all of these…</summary>
<form method="post" action="/parked/retry"><input type="hidden" name="token" value="${token}">
${Object.entries(filter).map(([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}">`)}
<p>The queues of ${count(orders, 'order')} or more, each in its order; it stops by itself after ${limits.parked.stopAfter === 1 ? 'one that stays' : `${limits.parked.stopAfter} that stay`} stuck.</p>
${!isChoice(...Object.values(filter)) && html`<label class="check"><input type="checkbox" name="all" value="true" required> All that is parked in all services</label>`}
${whyField}<button>Retry</button></form></details>`;
};

const whyField = html`<label>Why<input name="why" required minlength="3" maxlength="500" placeholder="goes into the audit log, with your name" autocomplete="off"></label>`;

/** What a retry would do now. */
const predicted = async (operations: Operations, { service, orderId, cause }: ParkedDetail): Promise<string> => {
  let words = 'would do nothing';
  await operations.dryRunRetry({ service, orderId }, ({ released, stuck }) => {
    const applied = released > 0 ? [`would apply ${count(released, 'event')}`] : [];
    const failed = stuck
      ? [`would fail again${stuck.cause === cause ? ', for the same reason' : `: ${stuck.cause}`}`]
      : [];
    words = stuck ? [...applied, ...failed].join(', and then ') : [...applied, 'leave nothing parked'].join(', and ');
  });
  return words;
};

const detailPage = (event: ParkedDetail, retry: Value, { viewer, token }: Audience): Markup => {
  const { service, seq, type, eventId, orderId, cause, attempts, behind, parkedAt, topic, partition, offset } = event;
  const form = (
    operation: string,
    label: string,
    tone: string,
    content: Value,
  ) => html`<details class="operation" id="act-${operation}" data-keep><summary class="button">${label}…</summary>
<form method="post" action="/parked/${service}/${seq}/${operation}"><input type="hidden" name="token" value="${token}">${content}${whyField}
<button class="${tone}">${label}</button></form></details>`;
  const payload = event.payload === null ? null : Buffer.from(event.payload);
  return html`<p class="crumbs"><a href="/parked">Parked</a></p>
<h1>${type ?? 'An unreadable record'} <span class="quiet">in ${service}</span></h1>
<p class="notice bad" id="cause">${cause}</p>
<dl class="facts">
<div><dt>Order</dt><dd class="id">${orderId === eventId ? 'unknown' : html`<a href="/orders/${orderId}">${orderId}</a>`}</dd></div>
<div><dt>Parked</dt><dd>${time(parkedAt)}</dd></div>
<div><dt>Tries</dt><dd>${attempts}</dd></div>
<div><dt>Waiting behind it</dt><dd>${behind}</dd></div>
<div><dt>Came from</dt><dd>${topic}/${partition}@${offset}</dd></div>
</dl>
<p id="predicted" class="notice">A retry of this order’s queue in ${service} <b>${retry}</b>.</p>
${
  mayOperate(viewer) &&
  html`<div class="operations">${form('retry', 'Retry', '', html`<p>The queue of this order in ${service} is applied in its order.</p>`)}
${form('discard', 'Discard', 'danger', html`<p>It will never be applied. What is blocked behind it stays, until it is retried.</p>`)}
${form(
  'edit',
  'Edit',
  '',
  html`<p>What it was is kept.</p><label>Key<input name="key" value="${event.key}" spellcheck="false"></label>
<label>Payload<textarea name="payload" rows="12" spellcheck="false">${event.payload}</textarea></label>`,
)}</div>`
}
<h2>Payload</h2><pre>${bytesFor(viewer, payload)}</pre>
<h2>Headers</h2><pre>${mayOperate(viewer) ? JSON.stringify(event.headers, null, 2) : bytesFor(viewer, Buffer.from(JSON.stringify(event.headers)))}</pre>
${
  event.history.length > 0 &&
  html`<h2>What people did</h2><ul>${event.history.map((entry) => html`<li>${time(entry.at)}: ${entry.by} has ${entry.action} it: ${entry.why}</li>`)}</ul>`
}`;
};
