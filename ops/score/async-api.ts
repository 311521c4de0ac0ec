import { events, partitionsPerTopic, topics } from '@quadrille/contracts/catalogue';
import type { EventDefinition } from '@quadrille/contracts/event';
import { edgesOf, outside, type Score } from './score.ts';

type Definition = EventDefinition<string, unknown>;

/** Versions of a type may be in use side by side. */
const keyOf = ({ type, version }: Pick<Definition, 'type' | 'version'>): string => `${type}.v${version}`;
const ref = (path: string) => ({ $ref: `#/${path}` });
const idOf = (...words: readonly string[]): string => words.join('-');

const uuid = { type: 'string', format: 'uuid' };

/** CloudEvents 1.0 in Kafka's binary mode: the attributes are headers, see contracts/cloudevents.ts. */
const headersOf = ({ type, version, publisher }: Definition) => ({
  type: 'object',
  properties: {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: { ...uuid, description: 'The inbox of every consumer knows the event by this id.' },
    ce_source: { const: `/quadrille/${publisher}` },
    ce_type: { const: type },
    ce_dataschema: { const: `urn:quadrille:event:${type}:${version}` },
    ce_subject: { ...uuid, description: 'The order.' },
    ce_time: {
      type: 'string',
      format: 'date-time',
      description: 'UTC with milliseconds, by the clock of the publisher.',
    },
    ce_correlationid: { ...uuid, description: 'The order, which is also the key of the record.' },
    ce_causationid: { ...uuid, description: `The event that made this one happen; absent: ${outside} did.` },
    traceparent: { type: 'string', description: 'W3C trace context.' },
  },
  required: [
    ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_dataschema', 'ce_time', 'ce_correlationid'],
    'traceparent',
  ],
});

/** The data as a reader may expect them: fields that a later release adds are no fault. */
const payloadOf = ({ schema }: Definition): object => {
  const { $schema: _, ...rest } = schema.toJSONSchema({ target: 'draft-7', io: 'input' });
  return rest;
};

const messageOf = (score: Score, event: Definition): object => {
  const { role, description } = score.events.find(({ type }) => type === event.type) ?? {};
  return {
    name: event.type,
    title: event.type,
    ...(description && { description }),
    contentType: 'application/json',
    correlationId: { location: '$message.header#/ce_correlationid' },
    headers: headersOf(event),
    payload: payloadOf(event),
    bindings: { kafka: { key: uuid, bindingVersion: '0.5.0' } },
    ...(role && { 'x-role': role }),
  };
};

/** All versions of all events, in the order of the score. */
const definitionsOf = (score: Score): readonly Definition[] =>
  score.events.flatMap(({ type }) => events.filter((event) => event.type === type));

const channelOf = (score: Score, topic: string): object => ({
  address: topic,
  description:
    'Keyed by the order id: Kafka keeps the order of the events of one order in this topic, and none between topics.',
  messages: Object.fromEntries(
    definitionsOf(score)
      .filter((event) => event.topic === topic)
      .map((event) => [keyOf(event), ref(`components/messages/${keyOf(event)}`)]),
  ),
  bindings: { kafka: { partitions: partitionsPerTopic, bindingVersion: '0.5.0' } },
});

const operationOf = (service: string, action: 'send' | 'receive', type: string) => {
  const versions = events.filter((event) => event.type === type);
  const topic = versions[0]?.topic ?? '';
  return {
    action,
    channel: ref(`channels/${topic}`),
    title: `${service} ${action === 'send' ? 'publishes' : 'receives'} ${type}`,
    tags: [{ name: service }],
    messages: versions.map((event) => ref(`channels/${topic}/messages/${keyOf(event)}`)),
  };
};

/** What each service receives and publishes. What a decision publishes is an extension: AsyncAPI has no word for causes. */
const operationsOf = (score: Score): object => {
  const edges = edgesOf(score);
  return Object.fromEntries(
    score.services.flatMap(({ name, subscribes }) => [
      ...subscribes.map(({ type }) => {
        const published = edges.filter((edge) => edge.service === name && edge.received === type);
        return [
          idOf(name, 'receives', type),
          { ...operationOf(name, 'receive', type), 'x-leads-to': published.map((edge) => edge.published) },
        ];
      }),
      ...score.events
        .filter(({ publisher }) => publisher === name)
        .map(({ type }) => {
          const causes = edges.filter(({ published }) => published === type).map(({ received }) => received ?? outside);
          return [idOf(name, 'publishes', type), { ...operationOf(name, 'send', type), 'x-caused-by': causes }];
        }),
    ]),
  );
};

/** The choreography as an AsyncAPI 3.0 document: topics, events with their schemas, and who receives and publishes which. */
export const asyncApi = (score: Score): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Quadrille',
    version: '1',
    description:
      'A choreographed order saga on Kafka. The document covers all services: the tag of an operation names the one that sends or ' +
      'receives. `x-role` is what an event is in the saga; `x-leads-to` and `x-caused-by` are what the rules did in simulated runs.',
    license: { name: 'MIT' },
    tags: score.services.map(({ name }) => ({ name })),
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries(topics.map((topic) => [topic, channelOf(score, topic)])),
  operations: operationsOf(score),
  components: {
    messages: Object.fromEntries(definitionsOf(score).map((event) => [keyOf(event), messageOf(score, event)])),
  },
});
