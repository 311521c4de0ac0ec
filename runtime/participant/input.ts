import type { ReceivedRecord } from '@quadrille/contracts/cloudevents';
import type { Event, NewEvent } from '@quadrille/contracts/event';
import type { SkipKind } from '@quadrille/db/skipped';
import type { Begun } from '@quadrille/process/tracing/recorder';
import type { Decision } from './decide.ts';
import type { Key } from './state.ts';

/** A record as Kafka delivered it: bytes that may be anything, and the place they came from. */
export type Delivered = ReceivedRecord & {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
};

/**
 * How much of a record is kept that cannot be applied: all of it, as far as there is room; where the database does not take that, the
 * beginning of its bytes, none of them, or its place alone, outside of `parked`.
 */
export type Keep = 'all' | 'beginning' | 'no bytes' | 'place';

/** One thing to decide: an event that arrived, or a command that a person or a deadline gave. */
export type Input<State, E extends Event> = {
  /** The event's type, or the command's name: for the log. */
  readonly name: string;
  readonly correlationId: string;
  /** Below which it stands what it emits: its own span, or where it is not recorded, the one of its cause. */
  readonly traceparent: string | undefined;
  /** null: it is not recorded. */
  readonly span?: Begun | null;
  /** null: a command, or bytes that are no event. */
  readonly event: E | null;
  /** How it came, and the id by which the inbox knows it; null: a command, which has no second copy. */
  readonly delivery: { readonly id: string; readonly record: Delivered } | null;
  /** Rows that a command names itself, by part of the state. */
  readonly keys?: Readonly<Partial<Record<string, Key>>> | undefined;
} & (
  | { readonly decide: (state: State, now: Date) => Decision<State> }
  /** It cannot be decided, and this is why. `recognized`: it claims to be an event of ours, of a type that this service subscribes to. */
  | { readonly refusal: unknown; readonly recognized: boolean; readonly keep?: Keep }
);

/** An event that a rule emits, with the names by which it is stored. */
export type EmittedEvent = NewEvent & Pick<Event, 'id' | 'traceparent'>;

/**
 * What became of an input. `duplicate`: it had been processed before, nothing was done. `parked`: it cannot be applied, and is set aside.
 * `waiting`: it is set aside behind an earlier event of its order. `skipped`: only its place is kept.
 */
export type Outcome<State> =
  | { readonly kind: 'applied'; readonly state: State; readonly emitted: readonly EmittedEvent[] }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'parked'; readonly cause: string; readonly recognized: boolean }
  | { readonly kind: 'skipped'; readonly by: SkipKind; readonly cause: string | null }
  | { readonly kind: 'waiting' };
