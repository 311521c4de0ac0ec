import type { Event } from '@quadrille/contracts/event';
import type { ParkedEvent } from '@quadrille/db/parked';
import { arrive } from '@quadrille/participant/arrival';
import { type Deps, discard, edit, retry } from '@quadrille/participant/parked';
import { toRecord } from '@quadrille/participant/parked-event';
import type { Database } from './memory-storage.ts';
import type { Process, World } from './world.ts';

/** A service as an operator sees it. */
export type Supervised = {
  readonly database: Database;
  /** When somebody was told to look, the last time (ms). */
  alarmedAt: number;
  readonly handleParked: () => Promise<void>;
};

/** An alarm comes before the COMMIT of what it is about; so for a while nothing may be there to be seen (ms). */
const memory = 30_000;

const trace = { by: 'operator', why: 'the simulation' };

/** Looks after parked events, wherever there was an alarm, and nowhere else. */
export const startOperator = (world: World, process: Process, allSupervised: readonly Supervised[]): void =>
  world.start(process, async () => {
    for (;;) {
      await world.sleep(world.random.between(1_000, 6_000));
      for (const supervised of allSupervised) {
        if (world.now() > supervised.alarmedAt + memory) continue;
        try {
          await supervised.handleParked();
        } catch {
          // The database is away.
        }
        if (supervised.database.parked().length > 0) supervised.alarmedAt = world.now();
      }
    }
  });

/**
 * Releases what is sound; mends or discards what cannot be read.
 * @param originalOf the value that a spoilt record had before; undefined: nobody knows of one
 */
export const handlingParked =
  <State extends object, E extends Event>(
    world: World,
    database: Database,
    deps: Deps<State, E>,
    originalOf: (event: ParkedEvent) => Buffer | undefined,
  ) =>
  async (): Promise<void> => {
    const heads = new Map<string, ParkedEvent>();
    for (const event of database.parked().toSorted((one, other) => one.seq - other.seq))
      if (!heads.has(event.correlationId)) heads.set(event.correlationId, event);
    for (const [correlationId, head] of heads) {
      const original = originalOf(head);
      const isUnreadable = 'refusal' in arrive(deps.participant, toRecord(head));
      world.tell(() => `sees to ${head.topic}, order ${correlationId}: ${head.cause}`);
      if (isUnreadable && original) await edit(deps, head, { payload: original }, trace);
      if (isUnreadable && !original) await discard(deps, { correlationId, seqs: [head.seq] }, trace);
      else await retry(deps, correlationId, trace);
    }
  };
