import type { Event } from '@quadrille/contracts/event';
import { traceId } from '@quadrille/contracts/trace';
import type { Storage } from '@quadrille/db/storage';
import { eventFields, type Log } from '@quadrille/process/log';
import type { Participant } from './decide.ts';
import type { Input, Outcome } from './input.ts';

/** One line for each input: what it was, where it left the order, what it made us tell. What is parked was told before (`reportParking`). */
export const report = <State extends object, E extends Event>(
  log: Pick<Log, 'debug' | 'info' | 'warn' | 'isLevelEnabled'>,
  participant: Participant<State, E>,
  input: Input<State, E>,
  outcome: Outcome<State>,
): void => {
  if (outcome.kind === 'duplicate') log.debug(fieldsOf(input), `${input.name}: taken in before`);
  if (outcome.kind === 'waiting')
    log.warn(fieldsOf(input), `${input.name}: parked behind an earlier event of its order`);
  if (outcome.kind === 'skipped')
    log[outcome.by === 'unrecognized' ? 'debug' : 'warn'](
      { ...fieldsOf(input), ...placeOf(input) },
      `${input.name}: passed over, its place is kept (${outcome.by})`,
    );
  if (outcome.kind === 'applied' && log.isLevelEnabled('info')) {
    const told = outcome.emitted.map(({ type }) => type).join(', ');
    log.info(fieldsOf(input), `${input.name}: ${participant.status(outcome.state)}${told ? ` -> ${told}` : ''}`);
  }
};

/** The alarm: an event is about to be parked, and somebody must look. */
export const reportParking = <State, E extends Event>(
  log: Pick<Log, 'error'>,
  input: Input<State, E>,
  cause: string,
): void =>
  log.error({ ...fieldsOf(input), ...placeOf(input), cause }, `${input.name}: parked, it cannot be applied: ${cause}`);

const fieldsOf = <State, E extends Event>(input: Input<State, E>) => {
  if (input.event) return eventFields(input.event);
  return {
    orderId: input.correlationId,
    ...(input.delivery && { eventId: input.delivery.id }),
    ...(input.traceparent && { traceId: traceId(input.traceparent) }),
  };
};

const placeOf = <State, E extends Event>({ delivery }: Input<State, E>) => {
  if (!delivery) return {};
  const { topic, partition, offset } = delivery.record;
  return { topic, partition, offset };
};

/** Of so many types that nobody knows the log tells; others are only counted, for anybody can make them up. */
const mostUnknownTypes = 100;

/** Tells of each type that nobody here knows, once. */
export const reportUnknownTypes = (log: Pick<Log, 'info'>): ((type: string) => void) => {
  const told = new Set<string>();
  return (type) => {
    const beginning = type.slice(0, 100);
    if (told.size >= mostUnknownTypes || told.has(beginning)) return;
    told.add(beginning);
    log.info({ type: beginning }, 'events of a type that is not known here are passed over');
  };
};

/** Says at the start that something is parked: the last lines of a process that was killed may be lost. */
export const reportParked = async (log: Pick<Log, 'error' | 'warn'>, storage: Storage): Promise<void> => {
  try {
    const { anyParked } = await storage.transact((unit) => unit.lookIntoInbox([]));
    if (anyParked) log.error('events are parked: look at the table `parked`, then release or discard them');
  } catch (error) {
    log.warn({ err: error }, 'whether events are parked is not known, for the database is away');
  }
};
