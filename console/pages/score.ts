import { asyncApi } from '@quadrille/ops/score/async-api';
import { drawScore } from '@quadrille/ops/score/drawing';
import type { Comparison, LiveEdge } from '@quadrille/ops/score/live';
import { nameOf, outside, score } from '@quadrille/ops/score/score';
import { html, type Markup, type Value } from '@quadrille/process/html';
import type { ReadScore } from '../read/score.ts';
import { json } from '../web/answers.ts';
import type { GuardedRoute, OpenRoute } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import { type Sources, unlessAway } from '../web/source.ts';
import { count, time, took } from '../web/words.ts';
import { missing, notice, number, type Row, tableOf } from './parts.ts';

export const scorePage = (
  readScore: ReadScore,
  { readModel }: Pick<Sources, 'readModel'>,
  show: Show,
): GuardedRoute => ({
  method: 'get',
  path: '/score',
  needs: 'reader',
  handle: (c, visit) =>
    show(c, visit, { title: 'The score', place: '/score' }, async () => {
      const found = await unlessAway(readScore);
      return html`<h1>The score</h1>
<p class="lead">Which event makes which service publish which others, as the rules have it, and how often it happened. Also for machines: <a href="/asyncapi.json">AsyncAPI</a>.</p>
${found ? judged(found) : missing([readModel])}
<figure class="diagram" id="score">${drawScore(score, found?.edges ?? null)}
<figcaption class="legend"><span class="dot">made by people or the clock</span> <span class="forward">step</span> <span class="undo">rejection or compensation</span>
${found && html`<span class="silent">silent</span> <span class="unknown">not in the score</span>`}</figcaption></figure>
${found && tables(found)}`;
    }),
});

const judged = ({ events, causeNotRead, edges }: Comparison): Markup => {
  const unknown = edges.filter(({ state }) => state === 'unknown');
  const missed = edges.filter(({ state, causes }) => state === 'silent' && (causes ?? 0) > 0);
  const of = `the latest ${count(events, 'event')}`;
  return html`${
    unknown.length === 0
      ? notice(`In ${of}, nothing happened that the score does not know.`, 'good')
      : notice(
          `In ${of}, ${unknown.map(nameOf).join(' and ')} happened, which the score does not know: somebody else publishes, or the console is older than what runs.`,
          'bad',
        )
  }${
    missed.length > 0 &&
    notice(
      missed.length === 1
        ? 'One edge is silent although its cause came: it may be rare, or a service stands still.'
        : `${missed.length} edges are silent although their causes came: they may be rare, or a service stands still.`,
    )
  }${
    causeNotRead > 0 &&
    notice(`${count(causeNotRead, 'event')} with a cause that is not here: it is older, or there is none.`)
  }`;
};

const tables = ({ edges }: Comparison): Markup => {
  const silent = edges.filter(({ state }) => state === 'silent');
  const caption = 'What made which service publish which event';
  // What needs a look comes first.
  const heard = edges
    .filter(({ state }) => state !== 'silent')
    .toSorted((one, other) => Number(other.state === 'unknown') - Number(one.state === 'unknown'));
  return html`${
    heard.length > 0 &&
    html`<h2>What happened</h2>
${tableOf([...columns, number('Count'), number('p50'), number('p95'), 'Last'], heard.map(heardRow), `${caption}, how often, and after how long`)}`
  }
${
  silent.length > 0 &&
  html`<h2>Silent</h2>
${tableOf([...columns, number('Its cause came')], silent.map(silentRow), `${caption}, and did not happen`)}`
}`;
};

const columns = [{ name: 'Event', kind: 'head' }, 'Service', 'Because of'] as const;

const placeOf = ({ received, service, published }: LiveEdge): readonly Value[] => [
  published,
  service,
  received ?? html`<span class="quiet">${outside}</span>`,
];

const idOf = ({ received, published }: LiveEdge): string => `edge-${received ?? 'none'}-${published}`;

const heardRow = (edge: LiveEdge): Row => ({
  id: idOf(edge),
  cells: [
    ...placeOf(edge),
    edge.state === 'unknown'
      ? html`<b class="bad">${edge.count.toLocaleString('en')}, not in the score</b>`
      : edge.count.toLocaleString('en'),
    edge.p50 === null ? '–' : took(edge.p50),
    edge.p95 === null ? '–' : took(edge.p95),
    edge.last && time(edge.last),
  ],
});

const silentRow = (edge: LiveEdge): Row => ({
  id: idOf(edge),
  cells: [...placeOf(edge), edge.causes === null ? '–' : count(edge.causes, 'time')],
});

/** The choreography for machines; it is the same for everybody. */
export const asyncApiRoute = (): OpenRoute => {
  const document = asyncApi(score);
  return { method: 'get', path: '/asyncapi.json', needs: 'nothing', handle: () => json(document) };
};
