import type { Event } from '@quadrille/contracts/event';
import { traceId } from '@quadrille/contracts/trace';
import { histogram, type Observe } from '@quadrille/process/metrics';
import type { Input, Outcome } from './input.ts';

/** Events come from Kafka, commands from people and deadlines. */
export type BatchKind = 'events' | 'commands';

/** What one committed transaction did, and how long it took (ms). */
export type CommittedBatch<State, E extends Event> = {
  readonly kind: BatchKind;
  readonly inputs: readonly Input<State, E>[];
  readonly outcomes: readonly Outcome<State>[];
  readonly tookMs: number;
};

const batchSizes = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** The histograms of a participant; called once for each commit. */
export const createBatchMeasure = (): (<State, E extends Event>(batch: CommittedBatch<State, E>) => void) => {
  const labelNames = ['kind'] as const;
  const sizeOf = histogram({
    name: 'quadrille_participant_batch_size',
    help: 'Events or commands in one transaction',
    labelNames,
    buckets: batchSizes,
  });
  const secondsOf = histogram({
    name: 'quadrille_participant_transaction_seconds',
    help: 'From the first statement of a transaction to its commit, with the tries that met a conflict',
    labelNames,
  });
  const stepSecondsOf = histogram({
    name: 'quadrille_step_seconds',
    help: "From the time of an event, by its publisher's database, to the commit of what this service made of it",
    labelNames: ['event'],
  });
  // An event costs no more than the search for its bucket.
  const steps = new Map<string, Observe>();
  const stepOf = (event: string): Observe => {
    const known = steps.get(event);
    if (known) return known;
    const observe = stepSecondsOf({ event });
    steps.set(event, observe);
    return observe;
  };
  return ({ kind, inputs, outcomes, tookMs }) => {
    sizeOf({ kind })(inputs.length);
    secondsOf({ kind })(tookMs / 1_000);
    const now = Date.now();
    inputs.forEach(({ event }, index) => {
      // The clock of the database may be a little ahead of ours.
      if (event && outcomes[index]?.kind === 'applied')
        stepOf(event.type)(Math.max(0, now - Date.parse(event.time)) / 1_000, traceId(event.traceparent));
    });
  };
};
