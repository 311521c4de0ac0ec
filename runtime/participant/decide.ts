import type { Event, NewEvent } from '@quadrille/contracts/event';
import type { Rows } from '@quadrille/db/rows';

/** What a rule answers: the rows that change (those left out stay as they are) and the events to tell others. */
export type Decision<State> = {
  readonly state?: Partial<State>;
  readonly emit?: readonly NewEvent[];
};

/** Nothing to do: a repeat, or something that came too late. Said out loud, so that no branch of a rule is silent by accident. */
export const nothing = {} as const;

/**
 * One kind of row that a rule looks at. `key` says which row belongs to an order or event; undefined: none. It may depend on
 * the parts declared before it, which are loaded first.
 */
export type StatePart<State, Row, E extends Event> = {
  readonly rows: Rows<Row, string> | Rows<Row, number>;
  readonly key: (correlationId: string, event: E | null, earlier: Partial<State>) => string | number | undefined;
};

/** All that business code says about a service; the rest is written once, in this package. */
export type Participant<State extends object, E extends Event> = {
  /** The service's name; its consumer group is named after it. Permanent: renaming it takes every event in again. */
  readonly name: string;
  readonly subscribes: readonly { readonly type: E['type']; readonly topic: string }[];
  readonly state: { readonly [Part in keyof State]: StatePart<State, NonNullable<State[Part]>, E> };
  /** Pure: no I/O, no clock (the database's is handed in), no randomness. */
  readonly decide: (state: State, event: E, now: Date) => Decision<State>;
  /** Where this leaves the order in this service, in a word: for the log's reader. */
  readonly status: (state: State) => string | undefined;
};
