import type { Event } from '@quadrille/contracts/event';
import { traceId } from '@quadrille/contracts/trace';
import type { Storage } from '@quadrille/db/storage';
import { eventFields, type Log } from '@quadrille/process/log';
import type { Participant } from './decide.ts';
import type { Input, Outcome } from './input.ts';

type BatchLog = Pick<Log, 'debug' | 'info' | 'warn' | 'isLevelEnabled'>;

/** A batch of more applied events than this has one line for each kind of them, with their number. At debug each has a line of its own. */
const mostLines = 10;

/** What a batch did: which inputs, where they left their orders, which events they made. What is parked has a line already (`reportParking`). */
export const reportBatch = <State extends object, E extends Event>(
  log: BatchLog,
  participant: Participant<State, E>,
  inputs: readonly Input<State, E>[],
  outcomes: readonly Outcome<State>[],
): void => {
  const applied = outcomes.filter(({ kind }) => kind === 'applied').length;
  const isCounted = applied > mostLines && !log.isLevelEnabled('debug');
  const counts = new Map<string, number>();
  inputs.forEach((input, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind !== 'applied') {
      if (outcome) report(log, input, outcome);
      return;
    }
    if (!log.isLevelEnabled('info')) return;
    const emitted = outcome.emitted.map(({ type }) => type).join(', ');
    const text = `${input.name}: ${participant.status(outcome.state)}${emitted ? ` -> ${emitted}` : ''}`;
    if (isCounted) counts.set(text, (counts.get(text) ?? 0) + 1);
    else log.info(fieldsOf(input), text);
  });
  for (const [text, events] of counts) log.info({ events }, text);
};

const report = <State extends object, E extends Event>(
  log: BatchLog,
  input: Input<State, E>,
  outcome: Outcome<State>,
): void => {
  if (outcome.kind === 'duplicate') log.debug(fieldsOf(input), `${input.name}: processed before`);
  if (outcome.kind === 'waiting')
    log.warn(fieldsOf(input), `${input.name}: parked behind an earlier event of its order`);
  if (outcome.kind === 'skipped')
    log[outcome.by === 'unrecognized' ? 'debug' : 'warn'](
      { ...fieldsOf(input), ...placeOf(input) },
      `${input.name}: passed over, its place is kept (${outcome.by})`,
    );
};

/** An event is about to be parked, and an operator must look. */
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

/** So many unknown types are logged; others are only counted, because anyone can invent types. */
const mostUnknownTypes = 100;

/** Logs each unknown type once. */
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
    const { anyParked } = await storage.transact((unit) => unit.readInbox([]));
    if (anyParked) log.error('events are parked: look at the table `parked`, then retry or discard them');
  } catch (error) {
    log.warn({ err: error }, 'whether events are parked is not known, for the database is away');
  }
};
