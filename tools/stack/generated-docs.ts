import type { Declared } from '@quadrille/contracts/event';
import { compensatorsOf } from '@quadrille/contracts/saga';
import { definitionOf, type Service, services } from '@quadrille/services';
import { databases } from '@quadrille/services/databases';
import { depthOf, type EventModule } from './generated-events.ts';
import { code, table } from './markdown.ts';

const roleInWords = ({ role }: Declared): string => {
  switch (role.kind) {
    case 'forward':
      if (!role.after) return 'starts the saga';
      return `step after ${code(role.after.type)}${role.by ? `, when the ${role.by} acts` : ''}${role.for ? `, for ${role.for}` : ''}`;
    case 'rejection':
      return role.insteadOf ? `rejects the order, in place of ${code(role.insteadOf.type)}` : 'cancels the order';
    case 'compensation':
      return `undoes ${code(role.undoes.type)}`;
    case 'announcement':
      return `tells of a ${role.about}${role.for ? `, for ${role.for}` : ''}`;
  }
};

const subscribersOf = (type: string): string =>
  services.filter((service) => definitionOf(service).handle({ env: {} }).subscribes.has(type)).join(', ');

const kinds = ['forward', 'rejection', 'compensation', 'announcement'];

/** The steps first, then what ends or undoes them. */
const inSagaOrder = <Event extends Declared>(events: readonly Event[]): Event[] =>
  events.toSorted(
    (one, other) => kinds.indexOf(one.role.kind) - kinds.indexOf(other.role.kind) || depthOf(one) - depthOf(other),
  );

/** The saga as a table: every event, what it is, and which services receive it. */
export const sagaTable = (modules: readonly EventModule[]): string =>
  table(
    ['Service', 'publishes', 'which', 'received by'],
    modules.flatMap(({ events }) =>
      inSagaOrder(events).map((event) => [
        event.publisher,
        code(event.type),
        roleInWords(event),
        subscribersOf(event.type),
      ]),
    ),
  );

/** The saga as a Mermaid diagram: solid arrows lead to the next step, dashed ones to a service that then undoes its part. */
export const sagaDiagram = (modules: readonly EventModule[]): string => {
  const events = modules.flatMap((module) => module.events);
  const steps = events.flatMap(({ type, publisher }) =>
    events
      .filter(
        ({ role, ...next }) => role.kind === 'forward' && role.after?.type === type && next.publisher !== publisher,
      )
      .map((next) => `  ${publisher} -- ${type} --> ${next.publisher}`),
  );
  const rejections = Map.groupBy(
    events.filter(({ role }) => role.kind === 'rejection'),
    ({ publisher }) => publisher,
  );
  const undone = [...rejections].flatMap(([publisher, rejected]) =>
    compensatorsOf(publisher).map(
      (service) => `  ${publisher} -. "${rejected.map(({ type }) => type).join('<br>')}" .-> ${service}`,
    ),
  );
  const customer = events
    .filter(({ role }) => role.kind === 'forward' && role.by === 'customer')
    .map(({ publisher }) => `  customer -- pays --> ${publisher}`);
  return ['```mermaid', 'flowchart LR', '  customer -- orders --> order', ...customer, ...steps, ...undone, '```'].join(
    '\n',
  );
};

const linkTo = (service: Service, file: string): string => `[${file}](../services/${service}/${file})`;

/** docs/services.md */
export const servicesDoc = (modules: readonly EventModule[]): string => `# Services

Written by \`npm run generate\` from [services/list.ts](../services/list.ts), the manifests of the services and the events in
[contracts](../contracts). Do not edit.

${table(
  ['Service', 'Rules', 'Manifest', 'Database, and its user', 'Publishes to', 'Settings its rules depend on'],
  services.map((service) => {
    const { settings } = definitionOf(service);
    const events = modules.flatMap((module) => module.events).filter(({ publisher }) => publisher === service);
    return [
      service,
      linkTo(service, 'rules.ts'),
      linkTo(service, 'service.ts'),
      `${code(databases[service])}, ${code(service)}`,
      [...new Set(events.map(({ topic }) => code(topic)))].join(', '),
      Object.values(settings)
        .map(({ env }) => code(env))
        .join(', '),
    ];
  }),
)}

## Events

${sagaTable(modules)}
`;
