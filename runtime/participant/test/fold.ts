import { events } from '@quadrille/contracts/catalogue';
import type { Event, NewEvent } from '@quadrille/contracts/event';
import type { Decision } from '../decide.ts';

/** The one order that all tests of rules are about, and the moment at which they decide. */
export const orderId = '01990000-0000-7000-8000-00000000000a';
export const now = new Date('2025-09-01T12:00:00.000Z');

/** An event about our order, as its consumer receives it. */
export const received = <New extends NewEvent>(event: New): New & Omit<Event, keyof NewEvent> => ({
  ...event,
  id: '01990000-0000-7000-8000-00000000000e',
  time: '2025-09-01T11:59:59.000Z',
  correlationId: orderId,
  causationId: null,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});

type Rule<State, E> = (state: State, event: E) => Decision<State>;

/** Plays events through a rule one after the other, as the runtime does. */
export const fold = <State extends object, E>(rule: Rule<State, E>, start: State, happened: readonly E[]) => {
  let state = start;
  const emitted: NewEvent[] = [];
  for (const event of happened) {
    const decision = rule(state, event);
    state = { ...state, ...decision.state };
    emitted.push(...(decision.emit ?? []));
  }
  return { state, emitted };
};

/** A decision in the words of the choreography, such as `reserved, says stock-reserved`. `status`: what became of the row. */
export const inWords = (status: string | undefined, emitted: readonly NewEvent[] = []): string => {
  const said = emitted.map(({ type, data }) => {
    const { outcome } = data as { outcome?: string };
    return outcome ? `${type} (${outcome})` : type;
  });
  const says = said.length > 0 ? `says ${said.join(' + ')}` : undefined;
  return [status, says].filter((word) => word !== undefined).join(', ') || 'nothing';
};

/** Those events that the publisher must not say: another's, or not of the shape that the contract gives. */
export const unlawful = (publisher: string, emitted: readonly NewEvent[]): readonly NewEvent[] =>
  emitted.filter(({ type, data }) => {
    const definition = events.find((event) => event.type === type);
    return definition?.publisher !== publisher || !definition.schema.safeParse(data).success;
  });

/** One event on one of the ways; `path` tells the way so far, `complete` that by now each event has come at least once. */
export type Step<State> = {
  readonly path: string;
  readonly before: State;
  readonly after: State;
  readonly emitted: readonly NewEvent[];
  readonly complete: boolean;
};

/** Every order in which the events can come, with every repetition (R16, R26): all steps of all these ways, the shortest first. */
export const everyWay = <State extends object, E extends Event | string>(
  rule: Rule<State, E>,
  start: State,
  happening: readonly E[],
): Step<State>[] => {
  const steps: Step<State>[] = [];
  const seen = new Set<string>();
  const ends = [{ path: [] as string[], state: start, come: new Set<E>() }];
  for (const end of ends)
    for (const event of happening) {
      const { state, emitted } = fold(rule, end.state, [event]);
      const path = [...end.path, typeof event === 'string' ? event : event.type];
      const come = new Set(end.come).add(event);
      const complete = come.size === happening.length;
      steps.push({ path: path.join(', '), before: end.state, after: state, emitted, complete });
      if (steps.length > 100_000) throw new Error(`the rule does not come to rest: ${path.join(', ')}`);
      const place = JSON.stringify([state, happening.map((each) => come.has(each))]);
      if (!seen.has(place)) ends.push({ path, state, come });
      seen.add(place);
    }
  return steps;
};

/** The ways on which something does not hold: none, if all is well. */
export const waysThatBreak = <State>(steps: readonly Step<State>[], holds: (step: Step<State>) => boolean): string[] =>
  steps.filter((step) => !holds(step)).map(({ path }) => path);
