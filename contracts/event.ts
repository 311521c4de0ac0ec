import type { z } from 'zod';
import { faults } from './faults.ts';

/** What a rule says happened: the part of an event that business decides. The runtime adds the rest of the envelope. */
export type NewEvent<Type extends string = string, Data = unknown> = {
  readonly type: Type;
  /** That of its data. An event of an older version is read as one of the newest. */
  readonly version: number;
  readonly topic: string;
  /** The service that publishes it; CloudEvents `source` is `/quadrille/<publisher>`. */
  readonly publisher: string;
  readonly data: Data;
};

/** An event as it is stored in an outbox and travels through Kafka. */
export type Event<Type extends string = string, Data = unknown> = NewEvent<Type, Data> & {
  /** UUIDv7, made in the transaction that stores the event; the inbox of every consumer knows it by this. */
  readonly id: string;
  /** ISO 8601, UTC, milliseconds; the clock of the publisher's database. */
  readonly time: string;
  /** The order id: Kafka key and CloudEvents `subject`. All events of one order share it. Of an announcement: what it is about. */
  readonly correlationId: string;
  /** The id of the event that made this one happen; null when a person or a deadline did. */
  readonly causationId: string | null;
  /** W3C trace context; the trace id stays the same along the whole order. */
  readonly traceparent: string;
};

/** A rule wants to emit data that the contract of the event does not allow: no consumer could read it. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

/**
 * What an event is in the saga. `forward`: a step, which follows another event; null: it starts the saga. `by`: the
 * customer has to act before it happens; absent: the service goes on by itself. `for`: people read it, no service acts on it
 * and nothing takes it back; absent: some service subscribes to it. `undo: 'nothing'`: the step is a check, and leaves nothing that has to be
 * undone; absent: a compensation undoes it. `rejection`: the step `insteadOf`
 * will not be, and the services before it undo theirs; null: at whatever point the saga is, so that all services undo theirs.
 * `through`: the other services do not subscribe to this rejection. The order service does, cancels the order, and all services undo
 * theirs after its `order-cancelled`; until the step has happened, the order is not final. So a service can join without a change to others.
 * `compensation`: the step is undone, or there was nothing to undo. `announcement`: it is no step of the saga. It is
 * about something else than an order, such as a product, and its correlation id is a `subjectId`; or it tells about an `order` what the saga
 * does not depend on, under the id of the order.
 */
export type Role =
  | {
      readonly kind: 'forward';
      readonly after: Declared | null;
      readonly by?: 'customer';
      readonly for?: 'people';
      readonly undo?: 'nothing';
    }
  | { readonly kind: 'rejection'; readonly insteadOf: Declared | null; readonly through?: 'order' }
  | { readonly kind: 'compensation'; readonly undoes: Declared }
  | { readonly kind: 'announcement'; readonly about: string; readonly for?: 'people' };

/** An event by what it is, whatever its data. */
export type Declared = { readonly type: string; readonly publisher: string; readonly role: Role };

/** A version of an event that nobody publishes any more, though outboxes, topics and parked events still hold it. */
export type OlderVersion = {
  readonly schema: z.ZodType;
  /** The upcaster. Pure: takes data that `schema` has read, and answers those of the next version. */
  readonly upcast: (data: unknown) => unknown;
};

/** Declares an older version of an event by its schema and its upcaster. */
export const olderVersion = <Old, Next>(schema: z.ZodType<Old>, upcast: (data: Old) => Next): OlderVersion => ({
  schema,
  upcast: (data) => upcast(data as Old),
});

export type EventDefinition<Type extends string, Data> = {
  readonly type: Type;
  /** The newest: the one that is published, and as which all older ones are read. */
  readonly version: number;
  /** How the versions before it are read: all of them, by their numbers. */
  readonly older: Readonly<Record<number, OlderVersion>>;
  readonly topic: string;
  readonly publisher: string;
  readonly role: Role;
  readonly schema: z.ZodType<Data>;
  /** Makes the event a rule emits. @throws InvalidEvent */
  readonly of: (data: Data) => NewEvent<Type, Data>;
};

/** The event type that a definition describes, as a consumer receives it. */
export type EventOf<D> = D extends EventDefinition<infer Type, infer Data> ? Event<Type, Data> : never;

/**
 * Declares the events of one publisher, which all go to its one topic.
 * @throws when an older version of an event is not declared: events of that version could not be read any more
 */
export const publisherOf =
  (publisher: string, topic: string) =>
  <Type extends string, Data>(
    type: Type,
    version: number,
    role: Role,
    schema: z.ZodType<Data>,
    older: Readonly<Record<number, OlderVersion>> = {},
  ): EventDefinition<Type, Data> => {
    const needed = Array.from({ length: version - 1 }, (_, index) => index + 1);
    if (Object.keys(older).join() !== needed.join())
      throw new Error(
        `${type} is at version ${version}: declare each version before it with its upcaster, and no others`,
      );
    const of = (data: Data): NewEvent<Type, Data> => {
      const checked = schema.safeParse(data);
      if (checked.success) return { type, version, topic, publisher, data };
      throw new InvalidEvent(`the event ${type} would break its contract: ${faults(checked.error)}`);
    };
    return { type, version, older, topic, publisher, role, schema, of };
  };
