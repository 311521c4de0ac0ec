import { readLag } from '@quadrille/kafka/offsets';
import { lag, type ServiceLag } from '@quadrille/ops/lag';
import type { Site } from '@quadrille/ops/site';
import { html, type Value } from '../web/html.ts';
import type { GuardedRoute } from '../web/route.ts';
import type { Show } from '../web/show.ts';
import { within } from '../web/within.ts';
import { count, shortId, took } from '../web/words.ts';
import { notice, number, type Row, tableOf } from './parts.ts';

/** How far everything is behind, the console included. */
export type Flow = {
  readonly site: Site;
  readonly topics: readonly string[];
  readonly group: string;
  readonly trouble: () => string | null;
};

const patience = 30_000;

/** What several who look at the same time share: it asks Kafka and four databases. */
export const createFlow = (flow: Flow) => {
  let last: { at: number; answer: ReturnType<typeof read> } | null = null;
  const read = async () => {
    const [services, [own]] = await Promise.all([
      lag(flow.site, patience),
      readLag(flow.site.kafka, [{ groupId: flow.group, topics: flow.topics, clientId: 'console' }]),
    ]);
    const records = own?.topics.reduce((sum, topic) => sum + topic.records, 0) ?? 0;
    return { ...services, console: { records, members: own?.members ?? 0, trouble: flow.trouble() } };
  };
  return () => {
    if (!last || Date.now() - last.at > 1_000) last = { at: Date.now(), answer: within(8_000, read()) };
    return last.answer;
  };
};
export type ReadFlow = ReturnType<typeof createFlow>;

export const flowPage = (readFlow: ReadFlow, show: Show): GuardedRoute => ({
  method: 'get',
  path: '/flow',
  needs: 'reader',
  handle: (c, visit) =>
    show(c, visit, { title: 'Flow', place: '/flow' }, async () => {
      const { services, stuck, console: own } = await readFlow();
      return html`<h1>Flow</h1>
<p class="lead">How events leave the services and arrive at the others.</p>
${stuck.orders === 0 ? notice('No order is stuck.', 'good') : notice(html`${count(stuck.orders, 'order')} neither placed nor over without a move for ${took(patience)}${stuck.oldest && html`, <a href="/orders/${stuck.oldest}">the oldest</a> for ${took(stuck.oldestMs ?? 0)}`}.`, 'bad')}
<h2>Services</h2>
${tableOf([{ name: 'Service', kind: 'head' }, 'Consumer', number('Still to take in'), 'Outbox', 'Relay', 'Parked'], services.map(row), 'Services, what they hear and what they say')}
<h2>Topics</h2>
${tableOf([{ name: 'Service', kind: 'head' }, 'Topic', number('Still to take in'), 'By partition'], services.flatMap(topicRows), 'What each service has still to take in')}
<h2>This console</h2>
<p id="console-lag">${own.members === 0 ? 'Nobody feeds its read model now' : `Its read model is ${count(own.records, 'event')} behind`}.
${own.trouble && html`<span class="notice bad">It stands still: ${own.trouble}</span>`}</p>`;
    }),
});

const row = ({ service, consumer, outbox, relay, parked }: ServiceLag): Row => ({
  id: `f-${service}`,
  cells: [
    service,
    consumer.members === 0
      ? html`<b class="bad">nobody is there</b>`
      : html`${count(consumer.members, 'member')} <span class="quiet">${consumer.state.toLowerCase()}</span>`,
    alarming(consumer.records > 1_000, consumer.records.toLocaleString('en')),
    html`${outbox.events === 0 ? 'empty' : html`${count(outbox.events, 'event')}, ${alarming((outbox.oldestMs ?? 0) > 10_000, `the oldest ${took(outbox.oldestMs ?? 0)}`)}`}${outbox.refused > 0 && html`, <b class="bad">${outbox.refused} refused by Kafka</b>`}`,
    relay
      ? html`leader <span class="quiet">in epoch ${relay.epoch}, ${shortId(relay.holder)}</span>`
      : html`<b class="bad">none</b>`,
    parked.failed === 0
      ? 'none'
      : html`<a href="/parked?service=${service}"><b class="bad">${parked.failed}</b></a>${parked.waiting > 0 && `, ${parked.waiting} behind them`}${parked.oldestMs !== null && `, the oldest ${took(parked.oldestMs)}`}`,
  ],
});

const alarming = (isBad: boolean, text: string): Value => (isBad ? html`<b class="bad">${text}</b>` : text);

const topicRows = ({ service, consumer }: ServiceLag): Row[] =>
  consumer.topics.map(({ topic, records, partitions }) => ({
    id: `t-${service}-${topic}`,
    cells: [
      service,
      topic,
      records.toLocaleString('en'),
      html`<span class="quiet">${partitions.map((each) => each.records).join(' · ')}</span>`,
    ],
  }));
