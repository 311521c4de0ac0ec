import type { Event } from '@quadrille/contracts/event';
import type { Skip, SkipKind, SkippedRecord } from '@quadrille/db/skipped';
import type { UnitOfWork } from '@quadrille/db/storage';
import { isUnrecognized } from './arrival.ts';
import type { Input } from './input.ts';
import { describeError } from './parked-event.ts';

/** What a service does not process of that which Kafka delivers. A replay has no such limits: it is how skipped events are processed after all. */
export type Limits = {
  /** While so many events are parked, further unrecognized records are kept by their place only. */
  readonly mostParked: number;
};

/** Enough to see what kinds there are, and little enough to look through (rows). */
export const mostParked = 1_000;

/**
 * Which of these inputs are kept by their place only: those in a range that an operator chose, unrecognized ones while the parking place is
 * full, and those of which the database takes nothing more.
 */
export const findSkipped = async <State, E extends Event>(
  unit: UnitOfWork,
  inputs: Iterable<Input<State, E>>,
  { mostParked, anySkips }: Limits & { readonly anySkips: boolean },
): Promise<Map<Input<State, E>, SkippedRecord>> => {
  const skips = anySkips ? await unit.lockSkips() : [];
  const skipped = new Map<Input<State, E>, SkippedRecord>();
  let room: number | null = null;
  for (const input of inputs) {
    const skip = skipOf(input, skips);
    if (skip) skipped.set(input, placeOf(input, 'skipped', skip));
    else if ('refusal' in input && input.keep === 'place') skipped.set(input, placeOf(input, 'unparkable', null));
    else if (isUnrecognized(input)) {
      room ??= mostParked - (await unit.countParkedTo(mostParked));
      if (room > 0) room--;
      else skipped.set(input, placeOf(input, 'unrecognized', null));
    }
  }
  return skipped;
};

const skipOf = <State, E extends Event>({ delivery }: Input<State, E>, skips: readonly Skip[]): Skip | undefined => {
  if (!delivery || skips.length === 0) return;
  const { topic, partition, offset } = delivery.record;
  const at = Number(offset);
  return skips.find(
    (skip) => skip.topic === topic && skip.partition === partition && skip.fromOffset <= at && at <= skip.toOffset,
  );
};

const placeOf = <State, E extends Event>(input: Input<State, E>, kind: SkipKind, skip: Skip | null): SkippedRecord => {
  if (!input.delivery) throw new Error('a command has no place in Kafka');
  const { topic, partition, offset } = input.delivery.record;
  const cause = 'refusal' in input ? describeError(input.refusal) : null;
  return { kind, topic, partition, offset: Number(offset), cause, skip };
};
