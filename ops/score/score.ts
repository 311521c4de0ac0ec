import { events as catalogue } from '@quadrille/contracts/catalogue';
import type { Role } from '@quadrille/contracts/event';
import { compensatorsOf } from '@quadrille/contracts/saga';
import { definitions } from '@quadrille/services';
import { decisions, descriptions } from './generated/decisions.ts';

/** What an event is in the saga; other events stand in it by their types. */
export type ScoreRole =
  | {
      readonly kind: 'forward';
      readonly after: string | null;
      readonly by?: string;
      readonly isForPeople: boolean;
      readonly hasNothingToUndo: boolean;
    }
  | { readonly kind: 'rejection'; readonly insteadOf: string | null }
  | { readonly kind: 'compensation'; readonly undoes: string }
  | { readonly kind: 'announcement'; readonly about: string; readonly isForPeople: boolean };

export type ScoreEvent = {
  readonly type: string;
  readonly publisher: string;
  readonly topic: string;
  readonly role: ScoreRole;
  /** In the words of its contract. */
  readonly description: string;
};

export type ScoreService = {
  readonly name: string;
  readonly subscribes: readonly { readonly type: string; readonly topic: string }[];
};

/**
 * A service received an event, and changed rows or published others. `received` null: a person, the payment provider or the clock made it
 * happen.
 */
export type Decision = {
  readonly service: string;
  readonly received: string | null;
  readonly published: readonly string[];
};

/** The whole choreography: what is declared, and what the rules make of it. */
export type Score = {
  /** In the order of the saga: the steps, the rejections, the compensations; then the announcements. */
  readonly events: readonly ScoreEvent[];
  /** In the order of the saga. */
  readonly services: readonly ScoreService[];
  readonly decisions: readonly Decision[];
  /** The services whose compensation a cancelling order waits for, by the service that rejected it. */
  readonly waits: Readonly<Record<string, readonly string[]>>;
};

/** An event, and the one that it made a service publish. */
export type Edge = { readonly received: string | null; readonly service: string; readonly published: string };

const toRole = (role: Role): ScoreRole => {
  switch (role.kind) {
    case 'forward':
      return {
        kind: 'forward',
        after: role.after?.type ?? null,
        ...(role.by && { by: role.by }),
        isForPeople: role.for === 'people',
        hasNothingToUndo: role.undo === 'nothing',
      };
    case 'rejection':
      return { kind: 'rejection', insteadOf: role.insteadOf?.type ?? null };
    case 'compensation':
      return { kind: 'compensation', undoes: role.undoes.type };
    case 'announcement':
      return { kind: 'announcement', about: role.about, isForPeople: role.for === 'people' };
  }
};

/** A step and those before it, the nearest first. */
export const stepsUpTo = (events: readonly ScoreEvent[], type: string | null): readonly ScoreEvent[] => {
  const steps: ScoreEvent[] = [];
  for (let next = type; next !== null; ) {
    const step = events.find((event) => event.type === next);
    if (step?.role.kind !== 'forward' || steps.includes(step)) break;
    steps.push(step);
    next = step.role.after;
  }
  return steps;
};

const kinds = ['forward', 'rejection', 'compensation', 'announcement'];

const inOrder = (events: readonly ScoreEvent[]): readonly ScoreEvent[] => {
  const depth = ({ type, role }: ScoreEvent) =>
    stepsUpTo(events, role.kind === 'rejection' ? role.insteadOf : role.kind === 'compensation' ? role.undoes : type)
      .length;
  return events.toSorted(
    (one, other) =>
      kinds.indexOf(one.role.kind) - kinds.indexOf(other.role.kind) ||
      depth(one) - depth(other) ||
      // Not by the order of declarations: a module that is loaded natively has its exports sorted by name, and in a bundle it has not.
      (one.type < other.type ? -1 : 1),
  );
};

/**
 * The score of the services as they are declared.
 * @param seen what their rules made of the events
 * @param described what each event says
 */
export const scoreWith = (seen: readonly Decision[], described: Readonly<Record<string, string>>): Score => {
  const byType = new Map(
    catalogue.map(({ type, publisher, topic, role }): [string, ScoreEvent] => [
      type,
      { type, publisher, topic, role: toRole(role), description: described[type] ?? '' },
    ]),
  );
  const events = inOrder([...byType.values()]);
  const placeOf = (type: string | null): number => events.findIndex((event) => event.type === type);
  const services = definitions.map((definition): ScoreService => {
    const { name, subscribes } = definition.participant({ env: {} });
    return {
      name,
      subscribes: subscribes
        .map(({ type, topic }) => ({ type, topic }))
        .sort((one, other) => placeOf(one.type) - placeOf(other.type)),
    };
  });
  const place = ({ service, received }: Decision): readonly [number, number] => [
    services.findIndex(({ name }) => name === service),
    placeOf(received),
  ];
  return {
    events,
    services,
    decisions: seen.toSorted((one, other) => {
      const [[service, received], [otherService, otherReceived]] = [place(one), place(other)];
      return service - otherService || received - otherReceived;
    }),
    waits: Object.fromEntries(services.map(({ name }) => [name, compensatorsOf(name)])),
  };
};

/** The score that `npm run score` has written. */
export const score: Score = scoreWith(decisions, descriptions);

/** What makes which service publish what, each once. */
export const edgesOf = ({ decisions }: Pick<Score, 'decisions'>): readonly Edge[] => {
  const edges = decisions.flatMap(({ service, received, published }) =>
    published.map((type): Edge => ({ service, received, published: type })),
  );
  return [...new Map(edges.map((edge) => [nameOf(edge), edge])).values()];
};

/** `order-created -> stock-reserved`: a type has one publisher, so the service need not be named. */
export const nameOf = ({ received, published }: Omit<Edge, 'service'>): string =>
  `${received ?? outside} -> ${published}`;

/** What makes something happen that no event made happen. */
export const outside = 'people or clock';

export const subscribersOf = ({ services }: Pick<Score, 'services'>, type: string): readonly string[] =>
  services.filter(({ subscribes }) => subscribes.some((each) => each.type === type)).map(({ name }) => name);
