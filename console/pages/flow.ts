import type { Lag, ServiceLag } from '@quadrille/ops/lag';
import { type Flow, type FlowOfService, type ReadFlow, stuckAfter } from '../read/flow.ts';
import { html, type Markup, type Value } from '../web/html.ts';
import type { GuardedRoute } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import { count, shortId, took } from '../web/words.ts';
import { missing, notice, number, type Row, tableOf } from './parts.ts';

export const flowPage = (readFlow: ReadFlow, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/flow',
  needs: 'reader',
  handle: (c, visit) =>
    show(c, visit, { title: 'Flow', place: '/flow' }, async () => {
      const { services, stuck, console: own, away } = await readFlow();
      return html`<h1>Flow</h1>
<p class="lead">How events leave the services and arrive at the others.</p>
${missing(away)}
${stuck && stuckNotice(stuck)}
<h2>Services</h2>
${tableOf([{ name: 'Service', kind: 'head' }, 'Consumer', number('Still to take in'), 'Outbox', 'Relay', 'Parked'], services.map(row), 'Services, what they hear and what they say')}
<h2>Topics</h2>
${services.every(({ consumer }) => consumer === null) ? html`<p class="none">${unknown}</p>` : tableOf([{ name: 'Service', kind: 'head' }, 'Topic', number('Still to take in'), 'By partition'], services.flatMap(topicRows), 'What each service has still to take in')}
<h2>This console</h2>
<p id="console-lag">${ownLag(own)}.
${own.trouble && html`<span class="notice bad">It stands still: ${own.trouble}</span>`}</p>`;
    }),
});

const stuckNotice = ({ orders, oldest, oldestMs }: Lag['stuck']): Markup =>
  orders === 0
    ? notice('No order is stuck.', 'good')
    : notice(
        html`${count(orders, 'order')} neither placed nor over without a move for ${took(stuckAfter)}${oldest && html`, <a href="/orders/${oldest}">the oldest</a> for ${took(oldestMs ?? 0)}`}.`,
        'bad',
      );

const ownLag = ({ records, members }: Flow['console']): string => {
  if (records === null || members === null) return 'How far its read model is behind, only Kafka knows';
  return members === 0 ? 'Nobody feeds its read model now' : `Its read model is ${count(records, 'event')} behind`;
};

const unknown = html`<span class="quiet">not known now</span>`;

const row = ({ service, consumer, queues }: FlowOfService): Row => ({
  id: `f-${service}`,
  cells: [
    service,
    ...(consumer ? consumerCells(consumer) : [unknown, unknown]),
    ...(queues ? queueCells(service, queues) : [unknown, unknown, unknown]),
  ],
});

const consumerCells = ({ members, state, records }: ServiceLag['consumer']): Value[] => [
  members === 0
    ? html`<b class="bad">nobody is there</b>`
    : html`${count(members, 'member')} <span class="quiet">${state.toLowerCase()}</span>`,
  alarming(records > 1_000, records.toLocaleString('en')),
];

const queueCells = (service: string, { outbox, relay, parked }: NonNullable<FlowOfService['queues']>): Value[] => [
  html`${outbox.events === 0 ? 'empty' : html`${count(outbox.events, 'event')}, ${alarming((outbox.oldestMs ?? 0) > 10_000, `the oldest ${took(outbox.oldestMs ?? 0)}`)}`}${outbox.refused > 0 && html`, <b class="bad">${outbox.refused} refused by Kafka</b>`}`,
  relay
    ? html`leader <span class="quiet">in epoch ${relay.epoch}, ${shortId(relay.holder)}</span>`
    : html`<b class="bad">none</b>`,
  parked.failed === 0
    ? 'none'
    : html`<a href="/parked?service=${service}"><b class="bad">${parked.failed}</b></a>${parked.waiting > 0 && `, ${parked.waiting} behind them`}${parked.oldestMs !== null && `, the oldest ${took(parked.oldestMs)}`}`,
];

const alarming = (isBad: boolean, text: string): Value => (isBad ? html`<b class="bad">${text}</b>` : text);

const topicRows = ({ service, consumer }: FlowOfService): Row[] =>
  (consumer?.topics ?? []).map(({ topic, records, partitions }) => ({
    id: `t-${service}-${topic}`,
    cells: [
      service,
      topic,
      records.toLocaleString('en'),
      html`<span class="quiet">${partitions.map((each) => each.records).join(' · ')}</span>`,
    ],
  }));
