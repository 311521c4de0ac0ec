import {
  type Decision,
  edgesOf,
  type Score,
  type ScoreEvent,
  stepsUpTo,
  subscribersOf,
} from '@quadrille/ops/score/score';
import { cyclesIn } from './cycles.ts';

export type Kind =
  | 'nobody subscribes'
  | 'nobody publishes'
  | 'nobody undoes'
  | 'nobody waits'
  | 'cannot end'
  | 'cycle'
  | 'never reached';

/** Something that is wrong with the choreography. `event` and `service` say where to look: a contract, or a service's rule about an event. */
export type Finding = {
  readonly kind: Kind;
  readonly event: string | null;
  readonly service: string | null;
  /** One sentence. */
  readonly what: string;
};

/** Simulated runs may miss what is rare, or what a new service does not do yet; all else is proven by what is declared and decided. */
export const isProven = ({ kind }: Pick<Finding, 'kind'>): boolean => kind !== 'never reached';

/** All that is wrong with a choreography. @param runs how many simulated runs its decisions come from */
export const check = (score: Score, runs: number): readonly Finding[] => [
  ...unheard(score),
  ...unpublished(score),
  ...notUndone(score),
  ...notAwaited(score),
  ...endless(score),
  ...circular(score),
  ...unreached(score, runs),
];

const and = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const isForPeople = ({ role }: ScoreEvent): boolean =>
  (role.kind === 'forward' || role.kind === 'announcement') && role.isForPeople;

/** The service whose orders these are: it publishes the event that starts the saga. */
const ownerOf = ({ events }: Score): string | undefined =>
  events.find(({ role }) => role.kind === 'forward' && role.after === null)?.publisher;

/** Events that no service receives. People read every event in the console; one that is for them alone says so. */
const unheard = (score: Score): Finding[] =>
  score.events
    .filter((event) => !isForPeople(event) && subscribersOf(score, event.type).length === 0)
    .map(({ type, publisher }) => ({
      kind: 'nobody subscribes',
      event: type,
      service: null,
      what: `No service subscribes to ${type} of ${publisher}: subscribe to it, or declare it with \`for: 'people'\`.`,
    }));

/** Subscriptions to what never comes. */
const unpublished = ({ events, services }: Score): Finding[] =>
  services.flatMap(({ name, subscribes }) =>
    subscribes.flatMap(({ type, topic }): Finding[] => {
      const event = events.find((each) => each.type === type);
      const finding = (what: string): Finding[] => [{ kind: 'nobody publishes', event: type, service: name, what }];
      if (!event) return finding(`${name} subscribes to ${type}, an event that no contract declares.`);
      if (!services.some((service) => service.name === event.publisher))
        return finding(`${name} subscribes to ${type}, and there is no service ${event.publisher} that publishes it.`);
      if (event.topic !== topic)
        return finding(`${name} subscribes to ${type} on the topic ${topic}, and it is published on ${event.topic}.`);
      return [];
    }),
  );

/** Whether a step cannot have happened when another one will not be: it is that one, or comes after it. */
const needs = (events: readonly ScoreEvent[], step: string, other: string): boolean =>
  stepsUpTo(events, step).some(({ type }) => type === other);

/**
 * Steps that can be followed by a rejection and that nothing takes back. The event that starts the saga needs no compensation: its service
 * cancels the order itself. The customer may cancel until the order service has received the last step, so that step needs one, too.
 */
const notUndone = ({ events }: Score): Finding[] =>
  events.flatMap(({ type, publisher, role }): Finding[] => {
    if (role.kind !== 'forward' || role.after === null || role.isForPeople || role.hasNothingToUndo) return [];
    if (events.some((other) => other.role.kind === 'compensation' && other.role.undoes === type)) return [];
    const rejections = events.filter(
      (other) =>
        other.role.kind === 'rejection' &&
        // A service undoes its own part by itself when it rejects.
        other.publisher !== publisher &&
        (other.role.insteadOf === null || !needs(events, type, other.role.insteadOf)),
    );
    if (rejections.length === 0) return [];
    const causes = and(rejections.map((rejection) => rejection.type));
    const what = `${type} of ${publisher} can be followed by ${causes}, and no event is declared that undoes it: declare one, or \`undo: 'nothing'\` if the step leaves nothing behind.`;
    return [{ kind: 'nobody undoes', event: type, service: null, what }];
  });

/** Compensations that no cancelling order waits for, or that the order's service does not receive. */
const notAwaited = (score: Score): Finding[] => {
  const owner = ownerOf(score);
  return score.events.flatMap(({ type, publisher, role }): Finding[] => {
    if (role.kind !== 'compensation') return [];
    const finding = (what: string): Finding[] => [{ kind: 'nobody waits', event: type, service: null, what }];
    if (owner && !subscribersOf(score, type).includes(owner))
      return finding(
        `${owner} does not subscribe to ${type}: an order is cancelled before ${publisher} has undone its part.`,
      );
    if (!Object.values(score.waits).some((services) => services.includes(publisher)))
      return finding(`No order waits for ${type} of ${publisher}: after no rejection does ${publisher} have to undo.`);
    return [];
  });
};

/** Whether an event makes a service publish one of these, at once or by others. */
const leadsTo = (score: Score, from: string, types: readonly string[]): boolean => {
  const edges = edgesOf(score);
  const reached = new Set([from]);
  for (const type of reached) for (const edge of edges) if (edge.received === type) reached.add(edge.published);
  return types.some((type) => reached.has(type));
};

/** Places at which an order stays for ever. */
const endless = (score: Score): Finding[] => {
  const owner = ownerOf(score);
  if (!owner)
    return [
      { kind: 'cannot end', event: null, service: null, what: 'No event starts the saga: no order can be made.' },
    ];
  return [...stuckSteps(score), ...stuckRejections(score, owner), ...lostEnds(score, owner)];
};

const isPublished = ({ decisions }: Pick<Score, 'decisions'>, type: string): boolean =>
  decisions.some(({ published }) => published.includes(type));

const isPublishedByItself = ({ decisions }: Score, type: string): boolean =>
  decisions.some(({ received, published }) => received === null && published.includes(type));

/** A step must lead to the next one; where the customer has to act, the clock must end the waiting. */
const stuckSteps = (score: Score): Finding[] =>
  score.events.flatMap(({ type, publisher, role }): Finding[] => {
    if (role.kind !== 'forward' || role.after === null || role.isForPeople) return [];
    const finding = (what: string): Finding[] => [{ kind: 'cannot end', event: type, service: null, what }];
    if (role.by === undefined)
      return leadsTo(score, role.after, [type])
        ? []
        : finding(`Nothing leads from ${role.after} to ${type} of ${publisher}: an order stays there.`);
    const ends = score.events.filter((other) => other.role.kind === 'rejection' && other.role.insteadOf === type);
    return ends.some((end) => isPublishedByItself(score, end.type))
      ? []
      : finding(
          `When the ${role.by} never acts, nothing is published in place of ${type} of ${publisher}: an order stays there.`,
        );
  });

/**
 * After a rejection the order must turn, and every service that it waits for must be led to its compensation. What follows a rejection that was
 * never published, no decision tells.
 */
const stuckRejections = (score: Score, owner: string): Finding[] =>
  score.events.flatMap(({ type, publisher, role }): Finding[] => {
    if (role.kind !== 'rejection') return [];
    const deaf: Finding[] =
      publisher === owner || subscribersOf(score, type).includes(owner)
        ? []
        : [
            {
              ...{ kind: 'cannot end', event: type, service: owner },
              what: `${owner} does not subscribe to ${type} of ${publisher}: an order that it rejects is never cancelled.`,
            },
          ];
    const missing = (isPublished(score, type) ? (score.waits[publisher] ?? []) : []).filter((service) => {
      const answers = score.events.filter((each) => each.role.kind === 'compensation' && each.publisher === service);
      return !leadsTo(
        score,
        type,
        answers.map((answer) => answer.type),
      );
    });
    return [
      ...deaf,
      ...missing.map(
        (service): Finding => ({
          ...{ kind: 'cannot end', event: type, service },
          what: `After ${type} an order waits for ${service}, and nothing leads ${service} from there to its compensation.`,
        }),
      ),
    ];
  });

/** One of the last steps must reach the order's service, or no order is ever done. */
const lostEnds = (score: Score, owner: string): Finding[] => {
  const isFollowed = (type: string) =>
    score.events.some((other) => other.role.kind === 'forward' && other.role.after === type && !isForPeople(other));
  const last = score.events.filter(
    (event) => event.role.kind === 'forward' && !isForPeople(event) && !isFollowed(event.type),
  );
  const isReceived = last.some(
    ({ type, publisher }) => publisher === owner || subscribersOf(score, type).includes(owner),
  );
  return isReceived
    ? []
    : [
        {
          ...{ kind: 'cannot end', event: last[0]?.type ?? null, service: owner },
          what: `${owner} does not subscribe to ${and(last.map(({ type }) => type))}, the last step: no order is ever done.`,
        },
      ];
};

/** Events that make themselves happen again. */
const circular = (score: Score): Finding[] =>
  cyclesIn(edgesOf(score)).map((cycle) => {
    const [first] = cycle;
    const way = cycle.map(({ received, service }) => `${received} makes ${service} publish`).join(' the next, ');
    return {
      ...{ kind: 'cycle', event: first?.received ?? null, service: first?.service ?? null },
      what: `Events go round: ${cycle.map(({ received }) => received).join(' -> ')} -> ${first?.received} (${way} ${first?.received}).`,
    };
  });

/** Rules that no simulated run has reached: an event that was never published, a subscription to one that was, without a decision. */
const unreached = ({ events, services, decisions }: Score, runs: number): Finding[] => [
  ...services.flatMap(({ name, subscribes }) =>
    subscribes
      .filter(({ type }) => isPublished({ decisions }, type) && !isDecided(decisions, name, type))
      .map(({ type }): Finding => {
        const what = `In ${runs} simulated runs ${name} decided nothing about ${type}: its rule is never reached.`;
        return { kind: 'never reached', event: type, service: name, what };
      }),
  ),
  ...events
    .filter(({ type }) => !isPublished({ decisions }, type))
    .map(({ type, publisher }): Finding => {
      const what = `In ${runs} simulated runs ${publisher} never published ${type}.`;
      return { kind: 'never reached', event: type, service: null, what };
    }),
];

const isDecided = (decisions: readonly Decision[], service: string, type: string): boolean =>
  decisions.some((decision) => decision.service === service && decision.received === type);
