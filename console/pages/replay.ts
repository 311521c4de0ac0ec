import { parseMoment } from '@quadrille/ops/moment';
import { effects } from '@quadrille/ops/replay/effect';
import type { Selection } from '@quadrille/ops/replay/selection';
import { html, type Markup, type Value } from '@quadrille/process/html';
import { services } from '@quadrille/services';
import { z } from 'zod';
import type { DryRun, Operations } from '../operations.ts';
import { goTo, page } from '../web/answers.ts';
import { all, demandChoice, optional, readFields, service, whole, why } from '../web/fields.ts';
import { layout } from '../web/layout.ts';
import { leaveNotice, takeNotice } from '../web/notices.ts';
import { type GuardedRoute, mayOperate, type Visit } from '../web/route.ts';
import type { Viewer } from '../web/session.ts';
import { count, shortId, time } from '../web/words.ts';
import { notice, tableOf } from './parts.ts';

/** Which events go once more to one service, as a form or a JSON object says it. */
export const replayFields = z.object({
  to: service,
  order: optional(z.uuid('must be an order id')),
  user: optional(whole),
  reason: optional(z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a reason code such as insufficient-stock')),
  type: optional(z.string().max(64)),
  from: optional(z.string().max(40)),
  until: optional(z.string().max(40)),
  all,
});

/** @throws HttpError when nothing is chosen, and "all" was not said */
export const toSelection = (fields: z.output<typeof replayFields>, now: Date): Selection => {
  const { to, order, user, reason, type, from, until, all: said } = fields;
  demandChoice(said, order, user, reason, type, from, until);
  return {
    to,
    orderIds: order === undefined ? undefined : [order],
    userId: user,
    reason,
    types: type === undefined ? undefined : [type],
    from: from === undefined ? undefined : parseMoment(from, now).toISOString(),
    until: until === undefined ? undefined : parseMoment(until, now).toISOString(),
  };
};

/** Effects in words, after a number of events. */
const words: Readonly<Record<(typeof effects)[number], string>> = {
  'already-applied': 'applied before: nothing would happen',
  'already-parked': 'parked: nothing would happen',
  applies: 'would take effect',
  refuses: 'would be refused',
  parks: 'could not be applied, and would be parked',
  queues: 'would wait behind a parked one',
};

export const replayRoutes = (operations: Operations): GuardedRoute[] => [
  {
    method: 'get',
    path: '/replay',
    needs: 'operator',
    handle: async (c, visit) => {
      const given = Object.fromEntries(new URL(c.req.url).searchParams);
      const isAsked = given.to !== undefined && given.to !== '';
      const selection = isAsked ? toSelection(readFields(given, replayFields), new Date()) : null;
      const predicted = selection && (await operations.dryRun(selection));
      const frame = {
        title: 'Replay',
        place: '/audit-log',
        visit,
        isLive: false,
        notice: takeNotice(visit.session),
      } as const;
      return page(layout(frame, main(given, selection, predicted, visit)));
    },
  },
  {
    method: 'post',
    path: '/replay',
    needs: 'operator',
    handle: async (_, { body, viewer, session }) => {
      const { why: because, ...fields } = readFields(body, replayFields.extend({ why }));
      const done = await operations.replay(toSelection(fields, new Date()), { who: viewer.name, why: because });
      if (done === null) leaveNotice(session, 'The replay is under way; this page follows it.');
      else
        leaveNotice(
          session,
          `Replayed: ${sum(done)}${done.stopped ? `; stopped: ${done.stopped}` : '.'}`,
          done.stopped ? 'bad' : 'good',
        );
      return goTo('/audit-log');
    },
  },
];

const sum = ({ events, effects: counts }: Pick<DryRun, 'events' | 'effects'>): string =>
  `${count(events, 'event')}, of which ${
    effects
      .filter((effect) => counts[effect] > 0)
      .map((effect) => `${counts[effect]} ${effect}`)
      .join(', ') || 'none had to be done'
  }`;

const main = (
  given: Record<string, string>,
  selection: Selection | null,
  predicted: DryRun | null,
  visit: Visit<Viewer>,
): Markup => {
  const field = (name: string, label: string, hint: string) =>
    html`<label>${label}<input name="${name}" value="${given[name]}" placeholder="${hint}" autocomplete="off" spellcheck="false"></label>`;
  return html`<h1>Replay</h1>
<p class="lead">Original events go once more to one service; nobody else sees them. First you see what would come of it.</p>
<form class="grid" action="/replay">
  <label>To<select name="to" required>${services.map((name) => html`<option${given.to === name && html` selected`}>${name}</option>`)}</select></label>
  ${field('order', 'Order', '0198c0de-0000-7000-8000-000000000000')}
  ${field('user', 'User', '1')}
  ${field('type', 'Event', 'order-created')}
  ${field('reason', 'Reason', 'insufficient-stock')}
  ${field('from', 'From (UTC)', '15m, or 2026-01-31 12:00')}
  ${field('until', 'Until (UTC)', '5m, or 2026-01-31 13:00')}
  <label class="check"><input type="checkbox" name="all" value="true"${given.all === 'true' && html` checked`}> All events, when nothing is chosen</label>
  <p class="operations"><button>Preview</button></p>
</form>
${selection && predicted && outcome(given, selection, predicted, visit)}`;
};

const outcome = (
  given: Record<string, string>,
  selection: Selection,
  predicted: DryRun,
  { token, viewer }: Visit<Viewer>,
): Value => {
  const { events, effects: counts, results, more } = predicted;
  if (events === 0)
    return html`<h2>Preview</h2><p class="none" id="predicted">${selection.to} subscribes to no such event.</p>`;
  const shown = results.slice(0, 100);
  return html`<h2>Preview</h2>
<ul class="tiles" id="predicted">${effects.filter((effect) => counts[effect] > 0).map((effect) => html`<li class="${effect === 'parks' ? 'bad' : effect.startsWith('already') && 'calm'}"><b>${counts[effect]}</b> ${words[effect]}</li>`)}</ul>
${more && notice('These are more than are looked at here, and so only the beginning is predicted. Use npm run ops -- replay for all of it.', 'bad')}
${
  mayOperate(viewer) &&
  !more &&
  html`<div class="operation"><form method="post" action="/replay"><input type="hidden" name="token" value="${token}">
${Object.entries(given).map(([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}">`)}
<label>Why<input name="why" required minlength="3" maxlength="500" placeholder="goes into the audit log, with your name" autocomplete="off"></label>
<button>Replay ${count(events, 'event')} to ${selection.to}</button></form></div>`
}
${tableOf(
  ['Made', 'Event', { name: 'Order', kind: 'id' }, 'Effect', 'Would publish'],
  shown.map(({ time: made, type, orderId, effect, because, emits }) => ({
    cells: [
      time(made, 'exact'),
      type,
      html`<a href="/orders/${orderId}" title="${orderId}">${shortId(orderId)}</a>`,
      html`${words[effect]}${because && html`: ${because}`}`,
      emits.join(', ') || '–',
    ],
  })),
  'What would come of each event',
)}
${results.length > shown.length && html`<p class="quiet">and ${results.length - shown.length} more</p>`}`;
};
