import type { ServiceLag } from '@quadrille/ops/lag';
import { hasGroup } from '@quadrille/ops/lag-problems';
import { html, type Markup, type Value } from '@quadrille/process/html';
import type { Flow, FlowOfService, ReadFlow } from '../read/flow.ts';
import type { GuardedRoute } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import { count, shortId, took } from '../web/words.ts';
import { missing, notice, number, type Row, tableOf } from './parts.ts';

export const flowPage = (readFlow: ReadFlow, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/flow',
  needs: 'reader',
  handle: (c, visit) =>
    show(c, visit, { title: 'Relays and lag', place: '/flow' }, async () => {
      const { services, stuck, problems, console: own, away } = await readFlow();
      return html`<h1>Relays and lag</h1>
<p class="lead">How events leave the services and arrive at the others.</p>
${missing(away)}
${stuck && ordersNotice(stuck, problems)}
${problems.filter(({ service }) => service !== null).map(({ what }) => notice(what, 'bad'))}
<h2>Services</h2>
${tableOf([{ name: 'Service', kind: 'head' }, 'Consumer', number('Still to process'), 'Outbox', 'Relay', 'Parked'], services.map(row), 'Services, what they receive and what they say')}
<h2>Topics</h2>
${services.every(({ consumer }) => !consumer) ? html`<p class="none">${unknown}</p>` : tableOf([{ name: 'Service', kind: 'head' }, 'Topic', number('Still to process'), 'By partition'], services.flatMap(topicRows), 'What each service has still to process')}
<h2>This console</h2>
<p id="console-lag">${ownLag(own)}.
${own.trouble && html`<span class="notice bad">It stands still: ${own.trouble}</span>`}</p>`;
    }),
});

const ordersNotice = (stuck: NonNullable<Flow['stuck']>, problems: Flow['problems']): Markup => {
  const ofOrders = problems.filter(({ service }) => service === null);
  if (ofOrders.length === 0) return notice('No order is stuck.', 'good');
  const oldest = stuck.oldest && html` <a href="/orders/${stuck.oldest}">Look at the oldest</a>.`;
  return html`${ofOrders.map(({ what }) => notice(what, 'bad'))}${oldest}`;
};

const ownLag = ({ records, members }: Flow['console']): string => {
  if (records === null || members === null) return 'How far its read model is behind, only Kafka knows';
  return members === 0 ? 'Nobody feeds its read model now' : `Its read model is ${count(records, 'event')} behind`;
};

const unknown = html`<span class="quiet">not known now</span>`;

const row = ({ service, consumer, unreceived, outbox, relay, parked }: FlowOfService): Row => ({
  id: `f-${service}`,
  cells: [
    service,
    ...(consumer ? consumerCells(consumer, unreceived?.skipped ?? 0) : [unknown, unknown]),
    ...(outbox && relay !== undefined && parked
      ? queueCells({ service, outbox, relay, parked })
      : [unknown, unknown, unknown]),
  ],
});

const consumerCells = (consumer: ServiceLag['consumer'], skipped: number): Value[] =>
  hasGroup(consumer) ? groupCells(consumer, skipped) : [html`<span class="quiet">subscribes to nothing</span>`, '0'];

const groupCells = ({ members, foreign, state, records }: ServiceLag['consumer'], skipped: number): Value[] => [
  html`${
    members === 0
      ? html`<b class="bad">nobody is there</b>`
      : html`${count(members, 'member')} <span class="quiet">${state.toLowerCase()}</span>`
  }${foreign.length > 0 && html`, <b class="bad">${foreign.length} foreign</b>`}`,
  html`${alarming(records > 1_000, records.toLocaleString('en'))}${skipped > 0 && html`, <b class="bad">${skipped} skipped</b>`}`,
];

const queueCells = ({
  service,
  outbox,
  relay,
  parked,
}: Pick<ServiceLag, 'service' | 'outbox' | 'relay' | 'parked'>): Value[] => [
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
