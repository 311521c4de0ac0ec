import { setTimeout as delay } from 'node:timers/promises';
import { isOfDatabase, isRefusal } from '@quadrille/db/errors';
import type { Storage } from '@quadrille/db/storage';
import { StackError } from '@quadrille/process/errors';
import type { HandleOfService } from '../cluster.ts';
import { type Effect, effects, parkedOf, type ReplayResult, tellOf } from './effect.ts';
import type { Cursor, Selected, Source } from './source.ts';

export type RedeliverOptions = {
  /** Events in a second, at most. */
  readonly rate: number;
  /** Ends by itself after so many events that cannot be applied. */
  readonly stopAfter: number;
  /** ReplayResult of each event. */
  readonly onResult: (result: ReplayResult) => void;
  /** ReplayResult after each lot; waited for. `cursor`: everything before it is done. */
  readonly onProgress: (redelivered: Redelivered, cursor: Cursor) => Promise<void> | void;
  readonly signal: AbortSignal;
};

export type Redelivered = {
  readonly events: number;
  readonly effects: Readonly<Record<Effect, number>>;
  /** Why it ended before the end; null: it did not. */
  readonly stopped: string | null;
};

const largestBatch = 256;
const attempts = 6;

/** Ends a batch without effect, so that its events can be tried alone. */
class NotTogether extends Error {}

/** Ends the reading of a source. */
class Stop extends Error {}

/**
 * Delivers events to one service once more, by its own code: its inbox drops what it knows, and events of an order keep their order. Batches
 * begin with one event and double while all goes well; after an event that cannot be applied they begin anew. On a storage that only
 * A dry run does the very same.
 */
export const redeliver = async (
  handle: HandleOfService,
  storage: Storage,
  source: Source,
  from: Cursor | null,
  { rate, stopAfter, onResult, onProgress, signal }: RedeliverOptions,
): Promise<Redelivered> => {
  const counts = Object.fromEntries(effects.map((effect) => [effect, 0])) as Record<Effect, number>;
  const pace = createPace(rate);
  let events = 0;
  let size = 1;
  let stopped: string | null = null;
  const soFar = (): Redelivered => ({ events, effects: { ...counts }, stopped });

  /** @returns whether all of them could be applied */
  const deliver = async (batch: readonly Selected[]): Promise<boolean> => {
    let failure: ReplayResult | null = null;
    for (const result of await tell(handle, storage, batch, signal)) {
      events++;
      counts[result.effect]++;
      onResult(result);
      if (result.effect === 'parks') failure = result;
    }
    if (failure && counts.parks >= stopAfter) {
      stopped = `${failure.type} of order ${failure.orderId} cannot be applied: ${failure.because}`;
      throw new Stop();
    }
    await pace(batch.length, signal);
    return failure === null;
  };

  const take = async (selected: readonly Selected[], cursor: Cursor): Promise<void> => {
    for (let at = 0; at < selected.length; ) {
      if (signal.aborted) throw new Stop();
      const batch = selected.slice(at, at + size);
      try {
        size = (await deliver(batch)) ? Math.min(largestBatch, size * 2) : 1;
        at += batch.length;
      } catch (error) {
        if (!(error instanceof NotTogether)) throw error;
        size = 1;
      }
    }
    await onProgress(soFar(), cursor);
  };

  try {
    await source(from, take, signal);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  if (signal.aborted) stopped = signal.reason instanceof StackError ? signal.reason.message : 'it was asked to stop';
  return soFar();
};

/** Applies a batch, or one event alone; a database that is away is waited for, but not for long: a person watches. */
const tell = async (
  handle: HandleOfService,
  storage: Storage,
  batch: readonly Selected[],
  signal: AbortSignal,
): Promise<ReplayResult[]> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const outcomes = await handle.take(
        storage,
        batch.map(({ record }) => record),
        (all) => {
          if (batch.length > 1 && all.some(({ kind }) => kind === 'parked')) throw new NotTogether();
        },
      );
      const again = batch.filter((_, index) => outcomes[index]?.kind === 'duplicate').map(({ orderId }) => orderId);
      const parked = again.length === 0 ? new Set<string>() : await parkedOf(storage, [...new Set(again)]);
      return batch.flatMap((event, index) => {
        const outcome = outcomes[index];
        return outcome ? [tellOf(handle.name, event, outcome, parked)] : [];
      });
    } catch (error) {
      if (error instanceof NotTogether) throw error;
      const heals = isOfDatabase(error) && !isRefusal(error);
      if (!heals && batch.length > 1) throw new NotTogether();
      if (!heals || attempt === attempts || signal.aborted) throw error;
      await delay(100 * 2 ** attempt, undefined, { signal });
    }
  }
};

/** Lets so many events through in a second. */
const createPace = (rate: number) => {
  let due = performance.now();
  return async (events: number, signal: AbortSignal): Promise<void> => {
    const now = performance.now();
    due = Math.max(due, now - 1_000) + (events / rate) * 1_000;
    if (due > now)
      await delay(due - now, undefined, { signal }).catch(() => {
        // Aborted: the caller sees it.
      });
  };
};
