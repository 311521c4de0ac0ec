import { events } from '@quadrille/contracts/catalogue';
import { UsageError } from '@quadrille/process/errors';
import { services } from '@quadrille/services';
import { checkEventType, checkServiceName } from './names.ts';

/** What a person says of a new service. */
export type ServiceOptions = {
  readonly name: string;
  /** The service does its step for an order once all of these events have come. */
  readonly subscribes: readonly string[];
  /** The event that tells of its step; null: it tells nobody. */
  readonly publishes: string | null;
  /** The event by which it says that the order cannot be; null: it never does. */
  readonly rejects: string | null;
  /** The event by which it says that its step is undone; null: there is nothing to undo. */
  readonly undoes: string | null;
  /** Whether it answers HTTP calls. */
  readonly http: boolean;
};

/** A service that subscribes to nothing, and tells of things that are no orders. */
export type AnnouncerOptions = {
  readonly name: string;
  /** The event by which it tells that something is new. */
  readonly announces: string;
};

/** @throws UsageError when there can be no such service */
export const checkAnnouncer = ({ name, announces }: AnnouncerOptions): AnnouncerOptions => ({
  name: checkServiceName(name, services),
  announces: checkEventType(announces, typesInUse()),
});

const typesInUse = (): string[] => events.map(({ type }) => type);

/** The events that a new service can begin with: the steps of the saga. */
export const possibleTriggers = (): string[] =>
  events.filter(({ role }) => role.kind === 'forward').map(({ type }) => type);

/** @throws UsageError when the options do not go together */
export const checkService = (options: ServiceOptions): ServiceOptions => {
  const { name, subscribes, publishes, rejects, undoes } = options;
  checkServiceName(name, services);
  if (subscribes.length === 0)
    throw new UsageError(
      'A service needs an event to begin with (--subscribes payment-succeeded), or one that it announces by itself (--announces).',
    );
  for (const type of subscribes)
    if (!possibleTriggers().includes(type))
      throw new UsageError(`There is no step ${type} to subscribe to: the steps are ${possibleTriggers().join(', ')}.`);
  if (new Set(subscribes).size < subscribes.length) throw new UsageError('--subscribes names an event twice.');
  const own = [publishes, rejects, undoes].filter((type) => type !== null);
  for (const [index, type] of own.entries()) checkEventType(type, [...typesInUse(), ...own.slice(0, index)]);
  if ((rejects || undoes) && !publishes)
    throw new UsageError('--rejects and --undoes are about the step that --publishes names: add it.');
  return options;
};
