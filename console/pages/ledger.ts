import { type Act, listActs } from '@quadrille/ops/ledger';
import type { Site } from '@quadrille/ops/site';
import { html } from '../web/html.ts';
import { Refusal } from '../web/refusal.ts';
import { type GuardedRoute, mayAct } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import { time, took } from '../web/words.ts';
import { type Row, tableOf } from './parts.ts';

const pageSize = 50;

export const ledgerPage = (site: Site, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/acts',
  needs: 'reader',
  handle: (c, visit) => {
    const before = readBefore(c.req.query('before'));
    return show(c, visit, { title: 'Ledger', place: '/acts' }, async () => {
      const acts = await listActs(site.ledger, { before, limit: pageSize });
      const last = acts.at(-1);
      return html`<h1>Ledger</h1>
<p class="lead">What people did to the running system, here or by <code>npm run ops</code>.</p>
${mayAct(visit.viewer) && html`<p class="acts"><a class="button" href="/replay">Replay…</a></p>`}
${
  acts.length === 0
    ? html`<p class="none">Nobody has done anything yet.</p>`
    : tableOf(
        [{ name: 'Act', kind: 'head' }, 'When', 'Who', 'What', 'Why', 'Outcome'],
        acts.map((act) => row(act, mayAct(visit.viewer))),
        'Acts, the latest first',
      )
}
<nav class="pages" aria-label="Pages">${before && html`<a href="/acts">« Newest</a>`}${acts.length === pageSize && last && html`<a href="/acts?before=${last.id}">Older »</a>`}</nav>`;
    });
  },
});

const row = (act: Act, isOperator: boolean): Row => ({
  id: `a-${act.id}`,
  cells: [
    act.id,
    html`${time(act.startedAt)}${act.endedAt && html`<br><span class="quiet">took ${took(act.endedAt.getTime() - act.startedAt.getTime())}</span>`}`,
    act.who,
    html`<b>${act.verb}</b>${isOperator && html`<br><span class="quiet">${inWords(act.what)}</span>`}`,
    act.why,
    html`<span class="badge ${act.status === 'done' ? 'good' : act.status === 'running' ? 'going' : 'bad'}">${act.status}</span> ${isOperator && html`${inWords(act.outcome)}`}`,
  ],
});

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
