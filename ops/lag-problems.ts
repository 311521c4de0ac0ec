import type { HaltRow } from '@quadrille/db/halts';
import type { GroupLag, PartitionTrouble } from '@quadrille/kafka/offsets';
import { skipCommand } from '@quadrille/participant/halt';
import type { Service } from '@quadrille/services';
import type { OpenOrders } from './lag-orders.ts';
import type { Unreceived } from './lag-recent.ts';
import { duration } from './moment.ts';
import { counted } from './words.ts';

/** What it subscribes: records not yet processed, by topic. `members` 0: no instance is there to process them. */
export type ConsumerLag = GroupLag & { readonly records: number };

/** A service that subscribes to nothing has no consumer group. */
export const hasGroup = ({ topics, missing }: ConsumerLag): boolean => topics.length + missing.length > 0;

/** What the database of a service knows of its queues. */
export type Queues = {
  /** When it was asked, by the clock of this database. */
  readonly clock: Date;
  /** What it says: events that the relay has not published. */
  readonly outbox: { readonly events: number; readonly oldestMs: number | null; readonly refused: number };
  /** `relay` null: no relay leads this database now. */
  readonly relay: { readonly holder: string; readonly epoch: number } | null;
  readonly parked: { readonly failed: number; readonly waiting: number; readonly oldestMs: number | null };
  /** Where it processes nothing more, because it can apply too few of the last events. */
  readonly halts: readonly HaltRow[];
};

/** How far one service is behind, on both of its sides. */
export type ServiceLag = Omit<Queues, 'clock'> & {
  readonly service: Service;
  readonly consumer: ConsumerLag;
  /** What others have published of late, and it has not received. */
  readonly unreceived: Unreceived;
  /** How much (ms) the clock of its database is ahead of order's. */
  readonly clockMs: number;
};

/** How far everything is behind. */
export type Found = {
  readonly at: string;
  /** How long (ms) an order or an event may be on its way. */
  readonly patience: number;
  readonly services: readonly ServiceLag[];
  /** Orders that wait for longer than `patience` for what services have to do. */
  readonly stuck: OpenOrders['stuck'];
  readonly open: Omit<OpenOrders, 'stuck'>;
};

/** The part of it that is known while something does not answer. */
export type PartlyFound = Pick<Found, 'patience'> &
  Partial<Pick<Found, 'stuck' | 'open'>> & {
    readonly services: readonly (Pick<ServiceLag, 'service'> & Partial<ServiceLag>)[];
  };

/** Something that time alone does not heal, and what to do about it, in a sentence. May quote what others have written. */
export type Problem = { readonly service: Service | null; readonly what: string };

/** Orders may wait this long (ms) without any being placed: a few seconds of a restart are no standstill. */
const standstillAfter = 10_000;
/** Clocks of two databases may differ by so much (ms) before ages computed from them are wrong. */
const clockSkew = 30_000;
/** Names that a sentence lists. */
const most = 6;

/** What an operator has to handle. Everything that may be wrong is listed here, so an empty list means that nothing known is wrong. */
export const problemsOf = ({ patience, stuck, open, services }: PartlyFound): Problem[] => [
  ...(stuck && open ? ofOrders(stuck, open, patience) : []).map((what) => ({ service: null, what })),
  ...services.flatMap((lag) =>
    [
      ...(lag.consumer ? ofGroup(lag.service, lag.consumer) : []),
      ...(lag.clockMs === undefined ? [] : ofClock(lag.service, lag.clockMs)),
      ...(lag.unreceived ? ofDelivery(lag.service, lag.unreceived, patience) : []),
      ...ofQueues(lag, patience),
    ].map((what) => ({ service: lag.service, what })),
  ),
];

const ofOrders = (stuck: Found['stuck'], open: Found['open'], patience: number): string[] => {
  const { waiting, waitingMs, completedMs, fromFuture } = open;
  const found: string[] = [];
  if (stuck.orders > 0)
    found.push(
      `${counted(stuck.orders, 'stuck order')}, the oldest since ${duration(stuck.oldestMs ?? 0)}: trace ${stuck.oldest}`,
    );
  const limit = Math.min(patience, standstillAfter);
  if (waiting > 0 && (waitingMs ?? 0) > limit && (completedMs ?? Number.POSITIVE_INFINITY) > limit)
    found.push(
      `${counted(waiting, 'order')} on the way, the oldest without a move for ${duration(waitingMs ?? 0)}, and none was placed ${completedMs === null ? 'yet' : `for ${duration(completedMs)}`}: nothing moves`,
    );
  if (fromFuture > 0)
    found.push(
      `${counted(fromFuture, 'order')} changed in the future: the clock of order's database was set back, and nobody can tell how long they wait`,
    );
  return found;
};

const ofGroup = (service: Service, consumer: ConsumerLag): string[] => {
  if (!hasGroup(consumer)) return [];
  const { groupId, state, members, foreign, unassigned, missing, topics } = consumer;
  const found: string[] = [];
  if (missing.length > 0)
    found.push(`Kafka has no topic ${missing.join(', ')}: run the setup, or start the stack again`);
  if (members === 0) found.push(`no instance of ${service} is in its group ${groupId} (${state}): start ${service}`);
  for (const { clientId, host, partitions } of foreign)
    found.push(
      `another application is in the group ${groupId}: client "${clientId}" at ${host}, which has taken ${partitions.length === 0 ? 'nothing yet' : some(partitions)}: give it a group of its own, or set KAFKA_GROUP_PREFIX`,
    );
  if (unassigned.length > 0)
    found.push(`no instance of ${service} has been given ${some(unassigned)}: restart ${service}`);
  const partitions = topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, trouble }) => ({ name: `${topic}/${partition}`, trouble })),
  );
  for (const [trouble, say] of Object.entries(troubles)) {
    const names = partitions.filter((each) => each.trouble === trouble).map(({ name }) => name);
    if (names.length > 0) found.push(say(service, some(names)));
  }
  return found;
};

const ofClock = (service: Service, clockMs: number): string[] =>
  Math.abs(clockMs) > clockSkew
    ? [
        `the clock of ${service}'s database is ${duration(Math.abs(clockMs))} ${clockMs > 0 ? 'ahead of' : 'behind'} that of order's: set the clocks right`,
      ]
    : [];

const troubles: Readonly<Record<PartitionTrouble, (service: Service, names: string) => string>> = {
  ahead: (service, names) =>
    `${service} has committed more than ${names} holds: the topic was made again, or has lost its end: reconcile`,
  expired: (service, names) =>
    `records of ${names} were removed from the topic before ${service} had taken them in: reconcile`,
  overdue: (service, names) =>
    `${service} has not committed what waits in ${names} for too long: look at its log and at parked list`,
};

const ofDelivery = (service: Service, { skipped, late }: Unreceived, patience: number): string[] => {
  const found: string[] = [];
  if (skipped > 0)
    found.push(
      `${counted(skipped, 'recent event')} skipped: ${service} has passed where they should be without receiving them: reconcile --dry-run`,
    );
  if (late > 0)
    found.push(
      `${counted(late, 'recent event')} published more than ${duration(patience)} ago, and not yet received by ${service}: look at its log`,
    );
  return found;
};

const ofQueues = (
  { service, halts = [], parked, relay, outbox }: PartlyFound['services'][number],
  patience: number,
): string[] => {
  const found = halts.map((halt) => ofHalt(service, halt));
  if (parked && parked.failed + parked.waiting > 0)
    found.push(
      `${service} could not apply ${counted(parked.failed, 'event')}, ${parked.waiting} behind: parked list --service ${service}`,
    );
  if (relay === null) found.push(`no relay publishes what ${service} says: start the relay`);
  if (!outbox) return found;
  if ((outbox.oldestMs ?? 0) > patience)
    found.push(
      `${counted(outbox.events, 'event')} of ${service} not published, the oldest for ${duration(outbox.oldestMs ?? 0)}: look at the relay's log`,
    );
  if (outbox.refused > 0) found.push(`Kafka refuses ${counted(outbox.refused, 'event')} of ${service}: refused list`);
  return found;
};

const ofHalt = (service: Service, halt: HaltRow): string =>
  `${service} has stopped at ${halt.topic}/${halt.partition}, offset ${halt.fromOffset}, since ${halt.since.toISOString()}: too few events can be applied, ${halt.cause.slice(0, 200)}. Mend the cause and start ${service} again, or: ${skipCommand(service, halt)}`;

const some = (names: readonly string[]): string =>
  names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ');
