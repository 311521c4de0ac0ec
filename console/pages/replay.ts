import { parseMoment } from '@quadrille/ops/moment';
import { effects } from '@quadrille/ops/replay/effect';
import type { Selection } from '@quadrille/ops/replay/selection';
import { services } from '@quadrille/services';
import { z } from 'zod';
import type { Acts, Foretold } from '../acts.ts';
import { goTo, page } from '../web/answers.ts';
import { all, demandChoice, optional, readFields, service, whole, why } from '../web/fields.ts';
import { html, type Markup, type Value } from '../web/html.ts';
import { layout } from '../web/layout.ts';
import { leaveNotice, takeNotice } from '../web/notices.ts';
import { type GuardedRoute, mayAct, type Visit } from '../web/route.ts';
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

/** @throws Refusal when nothing is chosen, and "all" was not said */
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

export const replayRoutes = (acts: Acts): GuardedRoute[] => [
  {
    method: 'get',
    path: '/replay',
    needs: 'operator',
    handle: async (c, visit) => {
      const given = Object.fromEntries(new URL(c.req.url).searchParams);
      const isAsked = given.to !== undefined && given.to !== '';
      const selection = isAsked ? toSelection(readFields(given, replayFields), new Date()) : null;
      const foretold = selection && (await acts.foretell(selection));
      const frame = {
        title: 'Replay',
        place: '/acts',
        visit,
        isLive: false,
        notice: takeNotice(visit.session),
      } as const;
      return page(layout(frame, main(given, selection, foretold, visit)));
    },
  },
  {
    method: 'post',
    path: '/replay',
    needs: 'operator',
    handle: async (_, { body, viewer, session }) => {
      const { why: because, ...fields } = readFields(body, replayFields.extend({ why }));
      const done = await acts.replay(toSelection(fields, new Date()), { who: viewer.name, why: because });
      if (done === null) leaveNotice(session, 'The replay is under way; this page follows it.');
      else
        leaveNotice(
          session,
          `Replayed: ${sum(done)}${done.stopped ? `; stopped: ${done.stopped}` : '.'}`,
          done.stopped ? 'bad' : 'good',
        );
      return goTo('/acts');
    },
  },
];

const sum = ({ events, effects: counts }: Pick<Foretold, 'events' | 'effects'>): string =>
  `${count(events, 'event')}, of which ${
    effects
      .filter((effect) => counts[effect] > 0)
      .map((effect) => `${counts[effect]} ${effect}`)
      .join(', ') || 'none had to be done'
  }`;

const main = (
  given: Record<string, string>,
  selection: Selection | null,
  foretold: Foretold | null,
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
  <p class="acts"><button>Foretell</button></p>
</form>
${selection && foretold && outcome(given, selection, foretold, visit)}`;
};

const outcome = (
  given: Record<string, string>,
  selection: Selection,
  foretold: Foretold,
  { token, viewer }: Visit<Viewer>,
): Value => {
  const { events, effects: counts, told, more } = foretold;
  if (events === 0)
    return html`<h2>Foretold</h2><p class="none" id="foretold">${selection.to} hears no such event.</p>`;
  const shown = told.slice(0, 100);
  return html`<h2>Foretold</h2>
<ul class="tiles" id="foretold">${effects.filter((effect) => counts[effect] > 0).map((effect) => html`<li class="${effect === 'parks' ? 'bad' : effect.startsWith('already') && 'calm'}"><b>${counts[effect]}</b> ${words[effect]}</li>`)}</ul>
${more && notice('These are more than are looked at here, and so only the beginning is foretold. Use npm run ops -- replay for all of it.', 'bad')}
${
  mayAct(viewer) &&
  !more &&
  html`<div class="act"><form method="post" action="/replay"><input type="hidden" name="token" value="${token}">
${Object.entries(given).map(([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}">`)}
<label>Why<input name="why" required minlength="3" maxlength="500" placeholder="goes into the ledger, with your name" autocomplete="off"></label>
<button>Replay ${count(events, 'event')} to ${selection.to}</button></form></div>`
}
${tableOf(
  ['Made', 'Event', { name: 'Order', kind: 'id' }, 'What would come of it', 'It would say'],
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
${told.length > shown.length && html`<p class="quiet">and ${told.length - shown.length} more</p>`}`;
};
