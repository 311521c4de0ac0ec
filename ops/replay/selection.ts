import { createHash } from 'node:crypto';
import { events, topics } from '@quadrille/contracts/catalogue';
import type { ServiceHandle } from '@quadrille/participant/handle';
import { UsageError } from '@quadrille/process/errors';
import type { Service } from '@quadrille/services';
import { nearest, oneOf } from '../did-you-mean.ts';

/** Which events go once more to one service. What is left out does not restrict. */
export type Selection = {
  readonly to: Service;
  readonly orderIds?: readonly string[] | undefined;
  readonly userId?: number | undefined;
  /** Events of orders that ended for this reason, such as `insufficient-stock`. */
  readonly reason?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** Made at or after, and at or before (ISO 8601). */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** Read from Kafka, not from the outboxes: also what these have purged. Offsets: the first and the last. */
  readonly topic?: string | undefined;
  readonly partition?: number | undefined;
  readonly firstOffset?: string | undefined;
  readonly lastOffset?: string | undefined;
};

/** @throws UsageError that says what would be right */
export const checkSelection = (selection: Selection, { name, subscribes, topics: received }: ServiceHandle): void => {
  for (const type of selection.types ?? []) {
    if (subscribes.has(type)) continue;
    const known = events.find((event) => event.type === type);
    if (known)
      throw new UsageError(`${name} does not subscribe to ${type}: it subscribes to ${[...subscribes].join(', ')}.`);
    const near = nearest(type, [...subscribes]);
    throw new UsageError(
      `There is no event "${type}": ${near ? `did you mean ${near}?` : `${name} subscribes ${[...subscribes].join(', ')}.`}`,
    );
  }
  const { topic, partition, firstOffset, lastOffset, from, until } = selection;
  if (topic !== undefined && !received.includes(oneOf('topic', topic, topics)))
    throw new UsageError(`${name} subscribes to nothing from ${topic}: it subscribes to ${received.join(', ')}.`);
  if (partition !== undefined && topic === undefined) throw new UsageError('--partition needs the --topic it is of.');
  if (firstOffset !== undefined && partition === undefined)
    throw new UsageError('--offset needs the --topic and --partition it is in.');
  if (firstOffset !== undefined && lastOffset !== undefined && BigInt(firstOffset) > BigInt(lastOffset))
    throw new UsageError(`--offset ${firstOffset}-${lastOffset} ends before it begins: the first one comes first.`);
  if (from !== undefined && until !== undefined && from > until)
    throw new UsageError(`--from ${from} is after --to-time ${until}: swap them.`);
};

/** What is the same replay has the same: it must not run twice at once. */
export const leaseOf = (selection: Selection): string => {
  const parts = Object.entries(selection).filter(([, value]) => value !== undefined);
  const text = JSON.stringify(parts.sort(([a], [b]) => (a < b ? -1 : 1)));
  return `replay ${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
};

/** The events a selection asks for, of those its service subscribes to. */
export const typesOf = ({ types }: Selection, { subscribes }: Pick<ServiceHandle, 'subscribes'>): string[] =>
  [...subscribes].filter((type) => !types || types.includes(type));

/** The services that publish these events. */
export const publishersOf = (types: readonly string[]): Service[] => [
  ...new Set(events.filter(({ type }) => types.includes(type)).map(({ publisher }) => publisher as Service)),
];
