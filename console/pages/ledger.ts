import { type Act, listActs } from '@quadrille/ops/ledger';
import type { Site } from '@quadrille/ops/site';
import { z } from 'zod';
import type { Acts } from '../acts.ts';
import { goTo } from '../web/answers.ts';
import { readFields, whole, why } from '../web/fields.ts';
import { html } from '../web/html.ts';
import { leaveNotice } from '../web/notices.ts';
import { Refusal } from '../web/refusal.ts';
import { type GuardedRoute, mayAct } from '../web/route.ts';
import type { Audience, Show } from '../web/show.ts';
import type { Sources } from '../web/source.ts';
import { time, took } from '../web/words.ts';
import { type Row, tableOf } from './parts.ts';

const pageSize = 50;

export const ledgerPage = (site: Site, { ledger }: Pick<Sources, 'ledger'>, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/acts',
  needs: 'reader',
  handle: (c, visit) => {
    const before = readBefore(c.req.query('before'));
    return show(c, visit, { title: 'Ledger', place: '/acts' }, async (audience) => {
      const acts = await ledger.ask(() => listActs(site.ledger, { before, limit: pageSize }));
      const last = acts.at(-1);
      return html`<h1>Ledger</h1>
<p class="lead">What people did to the running system, here or by <code>npm run ops</code>.</p>
${mayAct(audience.viewer) && html`<p class="acts"><a class="button" href="/replay">Replay…</a></p>`}
${
  acts.length === 0
    ? html`<p class="none">Nobody has done anything yet.</p>`
    : tableOf(
        [{ name: 'Act', kind: 'head' }, 'When', 'Who', 'What', 'Why', 'Outcome'],
        acts.map((act) => row(act, audience)),
        'Acts, the latest first',
      )
}
<nav class="pages" aria-label="Pages">${before && html`<a href="/acts">« Newest</a>`}${acts.length === pageSize && last && html`<a href="/acts?before=${last.id}">Older »</a>`}</nav>`;
    });
  },
});

/** An act that runs can be stopped, wherever it runs. */
export const stopRoute = (acts: Acts): GuardedRoute => ({
  method: 'post',
  path: '/acts/{id}/stop',
  needs: 'operator',
  handle: async (c, { viewer, body, session }) => {
    const { id } = readFields(c.req.param(), actPlace);
    await acts.stopAct(id, { who: viewer.name, why: readFields(body, z.object({ why })).why });
    leaveNotice(session, `Act ${id} is being stopped; this page follows it.`);
    return goTo('/acts');
  },
});

export const actPlace = z.object({ id: whole });

const stopForm = (
  { id, verb }: Act,
  token: string,
) => html`<details class="act" id="stop-${id}" data-keep="running"><summary class="button">Stop…</summary>
<form method="post" action="/acts/${id}/stop"><input type="hidden" name="token" value="${token}">
<p>It stops after what it is doing now. What it has done stays done${verb === 'replay' && html`; <code>npm run ops -- replay --resume ${id}</code> goes on with it`}.</p>
<label>Why<input name="why" required minlength="3" maxlength="500" placeholder="goes into the ledger, with your name" autocomplete="off"></label>
<button class="danger">Stop act ${id}</button></form></details>`;

const row = (act: Act, { viewer, token }: Audience): Row => {
  const isOperator = mayAct(viewer);
  return {
    id: `a-${act.id}`,
    cells: [
      act.id,
      html`${time(act.startedAt)}${act.endedAt && html`<br><span class="quiet">took ${took(act.endedAt.getTime() - act.startedAt.getTime())}</span>`}`,
      act.who,
      html`<b>${act.verb}</b>${isOperator && html`<br><span class="quiet">${inWords(act.what)}</span>`}`,
      act.why,
      html`<span class="badge ${act.status === 'done' ? 'good' : act.status === 'running' ? 'going' : 'bad'}">${act.status}</span> ${isOperator && html`${inWords(act.outcome)}`}${isOperator && act.status === 'running' && stopForm(act, token)}`,
    ],
  };
};

/** `to stock, events 3`: without what is nothing, counts of 0 and null. */
const inWords = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(inWords).join(' ');
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  return Object.entries(value)
    .filter(([, each]) => each !== null && each !== 0)
    .map(([name, each]) => `${name} ${inWords(each)}`)
    .join(', ')
    .slice(0, 400);
};

const readBefore = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(400, 'before must be the number of an act');
  return Number(text);
};
