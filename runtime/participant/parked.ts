import type { Event } from '@quadrille/contracts/event';
import { isOfDatabase, isRefusal } from '@quadrille/db/errors';
import type { ParkedEvent, Trace } from '@quadrille/db/parked';
import type { Storage, UnitOfWork } from '@quadrille/db/storage';
import { decideAll } from './apply.ts';
import { arrive } from './arrival.ts';
import type { Participant } from './decide.ts';
import type { Input, Outcome } from './input.ts';
import { blockedBehindDiscarded, describeError, toRecord } from './parked-event.ts';
import { recordBatch } from './spans.ts';

export type { ParkedEvent, Trace } from '@quadrille/db/parked';

/**
 * What people do with parked events. All of it is safe while the service runs, in this process or another: the rows of an order's queue are
 * locked, so an event that arrives meanwhile either goes behind what is left of the queue or is applied after it.
 */
export type Deps<State extends object, E extends Event> = {
  readonly storage: Storage;
  readonly participant: Participant<State, E>;
};

/** How far a queue came. `stuck`: the event that failed again, with its new cause; it stays, and those behind it. */
export type Retried = { readonly released: number; readonly stuck: ParkedEvent | null };

/** Applies an order's parked events in their order, each in its own transaction, until one fails or none is left. */
export const retry = async <State extends object, E extends Event>(
  deps: Deps<State, E>,
  correlationId: string,
  trace: Trace,
): Promise<Retried> => {
  for (let released = 0; ; released++) {
    const step = await releaseFirst(deps, correlationId, trace);
    if (step === 'empty') return { released, stuck: null };
    if (step !== 'released') return { released, stuck: step };
  }
};

/** How many events were given up, and how many of their queue stay parked. */
export type Discarded = { readonly discarded: number; readonly left: number };

/**
 * Gives events of one order up: they will not be applied. What they were is kept, with who decided it and why. Nothing else happens: what
 * was blocked behind them stays parked, until an operator retries it. Numbers that are not there (any more) are passed over.
 */
export const discard = <State extends object, E extends Event>(
  { storage }: Pick<Deps<State, E>, 'storage'>,
  { correlationId, seqs }: { correlationId: string; seqs: readonly number[] },
  trace: Trace,
): Promise<Discarded> =>
  storage.transact(async (unit) => {
    const chosen = new Set(seqs);
    const queue = await unit.lockQueue(correlationId);
    const { now } = await unit.readInbox([]);
    for (const event of queue) {
      if (!chosen.has(event.seq)) continue;
      await unit.traceParked(event, 'discarded', trace, now);
      await unit.removeParked(event);
    }
    const left = queue.filter(({ seq }) => !chosen.has(seq));
    const [head] = left;
    if (head && head.attempts === 0 && head !== queue[0])
      await unit.rewriteParked(head, { cause: blockedBehindDiscarded });
    return { discarded: queue.length - left.length, left: left.length };
  });

/** What may be changed about a parked event; left out: as it is. */
export type Edit = Partial<Pick<ParkedEvent, 'key' | 'headers' | 'payload'>>;

/**
 * Changes the bytes of a parked event, before it is retried. What it was is kept, with who changed it and why. If by its new key it is of
 * another order, it goes into that order's queue, at the place that its age gives it.
 * @returns the event as it is now; null when there is no such event
 */
export const edit = <State extends object, E extends Event>(
  { storage, participant }: Deps<State, E>,
  { correlationId, seq }: { correlationId: string; seq: number },
  change: Edit,
  trace: Trace,
): Promise<ParkedEvent | null> =>
  storage.transact(async (unit) => {
    const queue = await unit.lockQueue(correlationId);
    const event = queue.find((each) => each.seq === seq);
    if (!event) return null;
    const { now } = await unit.readInbox([]);
    await unit.traceParked(event, 'edited', trace, now);
    const changed = { ...event, ...change };
    const { delivery, ...input } = arrive(participant, toRecord(changed));
    // Bytes without an order id have one of their own; the queue they are in then stays theirs.
    const ownId = input.correlationId === delivery?.id;
    const edited = { ...changed, correlationId: ownId ? event.correlationId : input.correlationId };
    await unit.rewriteParked(event, { ...change, correlationId: edited.correlationId });
    return edited;
  });

const releaseFirst = async <State extends object, E extends Event>(
  { storage, participant }: Deps<State, E>,
  correlationId: string,
  trace: Trace,
): Promise<'empty' | 'released' | ParkedEvent> => {
  let first: ParkedEvent | undefined;
  let decided: { input: Input<State, E>; outcome: Outcome<State> | undefined } | undefined;
  const from = Date.now();
  try {
    const step = await storage.transact(async (unit) => {
      const [head, ...behind] = await unit.lockQueue(correlationId);
      first = head;
      if (!first) return 'empty';
      const input = arrive(participant, toRecord(first));
      const ids = newIds(first, input);
      const { now, taken } = await unit.readInbox(ids);
      // The inbox knows it, too, when a sound copy came later and waits behind it: then this is its place.
      const copies = behind.filter(({ eventId }) => ids.includes(eventId));
      const isDone = taken.size > 0 && copies.length === 0;
      const given = { now, held: new Set<string>(), fresh: new Set(isDone ? [] : [input]) };
      const [outcome] = await decideAll(unit, participant, [input], given);
      decided = { input, outcome };
      if (outcome?.kind === 'parked') return failAgain(unit, first, outcome.cause);
      // Only now: an event that fails again must not be taken for one that was applied.
      if (taken.size === 0) await unit.insertInbox(ids, now);
      for (const event of [first, ...copies]) {
        await unit.traceParked(event, 'released', trace, now);
        await unit.removeParked(event);
      }
      return 'released';
    });
    if (decided?.outcome && !storage.isDryRun)
      recordBatch({ service: participant.name, redelivery: 'retry', from }, [decided.input], [decided.outcome]);
    return step;
  } catch (error) {
    const event = first;
    if (!event || (isOfDatabase(error) && !isRefusal(error))) throw error;
    // The database refuses what the rule made of it.
    return storage.transact(async (unit) => {
      const [now] = await unit.lockQueue(correlationId);
      return now?.seq === event.seq ? failAgain(unit, now, describeError(error)) : (now ?? 'empty');
    });
  }
};

/**
 * The id of an event that could not be read when it was parked: the inbox does not know it from then. If it knows it all the same, another
 * copy has been applied meanwhile. Any other event was put into the inbox when it was parked.
 */
const newIds = <State, E extends Event>({ eventId }: ParkedEvent, { event }: Input<State, E>): string[] =>
  event && event.id !== eventId ? [event.id] : [];

const failAgain = async (unit: UnitOfWork, event: ParkedEvent, cause: string): Promise<ParkedEvent> => {
  const change = { attempts: event.attempts + 1, cause };
  await unit.rewriteParked(event, change);
  return { ...event, ...change };
};
