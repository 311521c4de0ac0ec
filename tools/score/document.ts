import { edgesOf, outside, type Score, type ScoreEvent, subscribersOf } from '@quadrille/ops/score/score';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const code = (text: string): string => `\`${text}\``;

const nodeOf = (type: string): string => type.replaceAll('-', '_');

/** Dashed arrows lead to a rejection or a compensation, solid ones to a step or an announcement. */
const mermaid = (score: Score): string => {
  const isUndo = (type: string) =>
    score.events.some(({ type: other, role }) => other === type && ['rejection', 'compensation'].includes(role.kind));
  const groups = score.services.flatMap(({ name }) => {
    const events = score.events.filter(({ publisher }) => publisher === name);
    if (events.length === 0) return [];
    return [`  subgraph ${name}`, ...events.map(({ type }) => `    ${nodeOf(type)}["${type}"]`), '  end'];
  });
  const arrows = edgesOf(score).map(
    ({ received, published }) =>
      `  ${received === null ? 'outside' : nodeOf(received)} ${isUndo(published) ? '-.->' : '-->'} ${nodeOf(published)}`,
  );
  return ['```mermaid', 'flowchart LR', `  outside(["${outside}"])`, ...groups, ...arrows, '```'].join('\n');
};

const causesOf = (score: Score, { type }: ScoreEvent): string =>
  edgesOf(score)
    .filter(({ published }) => published === type)
    .map(({ received }) => (received === null ? outside : code(received)))
    .join(', ');

/** Where a service has several decisions about an event, each is a row. */
const decisionRows = ({ decisions }: Score): string[][] =>
  decisions.map(({ service, received, published }) => [
    service,
    received === null ? outside : code(received),
    published.length === 0 ? 'nothing; it changes its rows' : published.map(code).join(', '),
  ]);

/** docs/score.md */
export const scoreDoc = (score: Score): string => `# The score

Written by \`npm run score\`. Do not edit.

The whole choreography: which event makes which service publish which others. The events, their roles and who subscribes to them are what the
services and [contracts](../contracts) declare. The arrows are decisions: simulated runs of the services' own rules have taken each of them.
\`npm run check\` runs them again, compares this document with what comes out, and looks for events that nobody receives, steps that nobody
undoes, orders that cannot end, cycles, and rules that are never reached ([ADR 0031](adr/0031-score.md)).

- For machines: [asyncapi.json](asyncapi.json), an AsyncAPI 3.0 document. The console serves it at \`/asyncapi.json\`.
- Beside what the topics carry now: \`npm run ops -- score --live\`, or the console at \`/score\` ([operations](operations.md)).

![The score: a lane for each service; each event is a line from its publisher to those who receive it](score.svg)

A line leads from the publisher of an event to the services that receive it. An arc leads from there to the event that the service publishes
because of it. A dot under "people or clock" means that no event makes it happen: a customer, the payment provider or a deadline does.

## The same as a graph

${mermaid(score)}

## Events

${table(
  ['Event', 'of', 'published because of', 'received by'],
  score.events.map((event) => [
    code(event.type),
    event.publisher,
    causesOf(score, event),
    subscribersOf(score, event.type).join(', ') || 'people',
  ]),
)}

## Decisions

Each decision that was seen when a service received an event. What is not here is never published because of that event.

${table(['Service', 'receives', 'publishes'], decisionRows(score))}
`;
