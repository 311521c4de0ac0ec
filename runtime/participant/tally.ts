import type { Outcome } from './input.ts';

/** What a participant has counted since it started. */
export type ParticipantMetrics = {
  readonly applied: number;
  readonly duplicates: number;
  /** Events that could not be applied and were parked: an operator has to look. */
  readonly parked: number;
  /** Events set aside behind those. */
  readonly waiting: number;
  /** Records of which only the place is kept. */
  readonly skipped: number;
  /** Records of an unknown type. */
  readonly passedOver: number;
  /** Tries that had to be repeated because the database was away or busy. */
  readonly retries: number;
  /** The trouble under way, or the last one. `nextTryInMs` null: it is over. */
  readonly lastRetry: {
    readonly attempt: number;
    readonly cause: string;
    readonly at: Date;
    readonly nextTryInMs: number | null;
  } | null;
};

export type Tally = {
  readonly count: (outcomes: readonly Outcome<unknown>[]) => void;
  readonly passOver: () => void;
  readonly retry: (attempt: number, cause: string, nextTryInMs: number) => void;
  readonly read: () => ParticipantMetrics;
};

export const createTally = (): Tally => {
  const counts = { applied: 0, duplicate: 0, parked: 0, waiting: 0, skipped: 0 };
  let passedOver = 0;
  let retries = 0;
  let lastRetry: ParticipantMetrics['lastRetry'] = null;
  return {
    count: (outcomes) => {
      for (const { kind } of outcomes) counts[kind]++;
      if (lastRetry?.nextTryInMs) lastRetry = { ...lastRetry, nextTryInMs: null };
    },
    passOver: () => {
      passedOver++;
    },
    retry: (attempt, cause, nextTryInMs) => {
      retries++;
      lastRetry = { attempt, cause, at: new Date(), nextTryInMs };
    },
    read: () => ({
      applied: counts.applied,
      duplicates: counts.duplicate,
      parked: counts.parked,
      waiting: counts.waiting,
      skipped: counts.skipped,
      passedOver,
      retries,
      lastRetry,
    }),
  };
};
