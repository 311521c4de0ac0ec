import type { Outcome } from './input.ts';

/** Judged are the last so many events; fewer than `least` say nothing yet. */
const window = 100;
const least = 20;

/** Most of the recent events could not be applied: that is a bad release (or a bad topic), not bad data. Nothing is parked any more. */
export class TooManyBadEvents extends Error {
  override readonly name = 'TooManyBadEvents';
}

/** Watches which share of the recent events had to be parked, and stops the service before it parks the whole topic (R22, S19). */
export type BadShare = {
  /** @throws TooManyBadEvents when with these outcomes more than half of the recent events would be bad */
  readonly confirm: (outcomes: readonly Outcome<unknown>[]) => void;
  /** These outcomes are committed. */
  readonly committed: (outcomes: readonly Outcome<unknown>[]) => void;
};

export const watchBadShare = (service: string): BadShare => {
  let recent: boolean[] = [];

  return {
    confirm: (outcomes) => {
      const seen = [...recent];
      let bad = seen.filter(Boolean).length;
      for (const outcome of outcomes) {
        const isBad = verdict(outcome);
        if (isBad === null) continue;
        seen.push(isBad);
        if (isBad) bad++;
        if (seen.length > window && seen.shift()) bad--;
        if (seen.length >= least && bad * 2 > seen.length) {
          const cause = outcome.kind === 'parked' ? outcome.cause : 'see the log above';
          throw new TooManyBadEvents(
            `${service} cannot apply ${bad} of its last ${seen.length} events, so it takes in nothing more and parks nothing more. Look at the cause, mend it or go back to the release before, then start ${service} again. Cause: ${cause}`,
          );
        }
      }
    },
    committed: (outcomes) => {
      const verdicts = outcomes.map(verdict).filter((isBad) => isBad !== null);
      recent = [...recent, ...verdicts].slice(-window);
    },
  };
};

/** Duplicates and those that only wait say nothing about the share. */
const verdict = ({ kind }: Outcome<unknown>): boolean | null =>
  kind === 'parked' ? true : kind === 'applied' ? false : null;
