import { listOperations, type Operation } from '@quadrille/ops/audit-log';
import type { Cluster } from '@quadrille/ops/cluster';
import { html } from '@quadrille/process/html';
import { z } from 'zod';
import type { Operations } from '../operations.ts';
import { goTo } from '../web/answers.ts';
import { optional, readFields, whole, why } from '../web/fields.ts';
import { leaveNotice } from '../web/notices.ts';
import { type GuardedRoute, mayOperate } from '../web/route.ts';
import type { Audience, Show } from '../web/show.ts';
import type { Sources } from '../web/source.ts';
import { time, took } from '../web/words.ts';
import { pager, type Row, tableOf } from './parts.ts';

const pageSize = 50;

export const operationsFields = z.object({ before: optional(whole) });

/** @throws HttpError when the query is wrong */
export const readOperations = (
  cluster: Cluster,
  { auditLog }: Pick<Sources, 'auditLog'>,
  query: Readonly<Record<string, string>>,
) => {
  const { before } = readFields(query, operationsFields);
  return auditLog.ask(() => listOperations(cluster.auditLog, { before, limit: pageSize }));
};

export const auditLogPage = (cluster: Cluster, sources: Pick<Sources, 'auditLog'>, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/audit-log',
  needs: 'reader',
  handle: (c, visit) => {
    const query = c.req.query();
    return show(c, visit, { title: 'Audit log', place: '/audit-log' }, async (audience) => {
      const { items: operations, next } = await readOperations(cluster, sources, query);
      return html`<h1>Audit log</h1>
<p class="lead">What operators did to the running system, here or by <code>npm run ops</code>.</p>
${mayOperate(audience.viewer) && html`<p class="operations"><a class="button" href="/replay">Replay…</a></p>`}
${
  operations.length === 0
    ? html`<p class="none">Nobody has done anything yet.</p>`
    : tableOf(
        [{ name: 'Operation', kind: 'head' }, 'When', 'Who', 'What', 'Why', 'Outcome'],
        operations.map((operation) => row(operation, audience)),
        'Operations, the latest first',
      )
}
${pager('/audit-log', query, next)}`;
    });
  },
});

/** An operation that runs can be stopped, wherever it runs. */
export const stopRoute = (operations: Operations): GuardedRoute => ({
  method: 'post',
  path: '/operations/{id}/stop',
  needs: 'operator',
  handle: async (c, { viewer, body, session }) => {
    const { id } = readFields(c.req.param(), operationPlace);
    await operations.stopOperation(id, { who: viewer.name, why: readFields(body, z.object({ why })).why });
    leaveNotice(session, `Operation ${id} is being stopped; this page follows it.`);
    return goTo('/audit-log');
  },
});

export const operationPlace = z.object({ id: whole });

const stopForm = (
  { id, verb }: Operation,
  token: string,
) => html`<details class="operation" id="stop-${id}" data-keep="running"><summary class="button">Stop…</summary>
<form method="post" action="/operations/${id}/stop"><input type="hidden" name="token" value="${token}">
<p>It stops after what it is doing now. What it has done stays done${verb === 'replay' && html`; <code>npm run ops -- replay --resume ${id}</code> goes on with it`}.</p>
<label>Why<input name="why" required minlength="3" maxlength="500" placeholder="goes into the audit log, with your name" autocomplete="off"></label>
<button class="danger">Stop operation ${id}</button></form></details>`;

const row = (operation: Operation, { viewer, token }: Audience): Row => {
  const isOperator = mayOperate(viewer);
  return {
    id: `a-${operation.id}`,
    cells: [
      operation.id,
      html`${time(operation.startedAt)}${operation.endedAt && html`<br><span class="quiet">took ${took(operation.endedAt.getTime() - operation.startedAt.getTime())}</span>`}`,
      operation.who,
      html`<b>${operation.verb}</b>${isOperator && html`<br><span class="quiet">${inWords(operation.what)}</span>`}`,
      operation.why,
      html`<span class="badge ${operation.status === 'done' ? 'good' : operation.status === 'running' ? 'going' : 'bad'}">${operation.status}</span> ${isOperator && html`${inWords(operation.outcome)}`}${isOperator && operation.status === 'running' && stopForm(operation, token)}`,
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
