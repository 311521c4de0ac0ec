import type { Event } from '@quadrille/contracts/event';
import type { Input, Outcome } from './input.ts';

/** Judged are the last so many events; fewer than `least` say nothing yet. */
const window = 100;
const least = 20;

/** How many of the last events are bad, and why the last of them is. */
export type Share = { readonly bad: number; readonly of: number; readonly cause: string };

/**
 * Watches which share of the recent events had to be parked, so that the service stops before it parks the whole topic (R22, S19): most of
 * them bad, that is a bad release (or a bad topic), not bad data.
 */
export type FailureRate = {
  /** @returns the share, when with these outcomes more than half of the recent events would be bad; else null */
  readonly exceeds: (outcomes: readonly Outcome<unknown>[]) => Share | null;
  /** These outcomes are committed. */
  readonly committed: <State, E extends Event>(
    inputs: readonly Input<State, E>[],
    outcomes: readonly Outcome<State>[],
  ) => void;
  /** The ids of the recent events that were bad. */
  readonly bad: () => readonly string[];
  /** Counts these no longer: an operator has dealt with them. */
  readonly forget: (eventIds: ReadonlySet<string>) => void;
};

export const watchFailureRate = (): FailureRate => {
  let recent: { readonly isBad: boolean; readonly id: string }[] = [];

  return {
    exceeds: (outcomes) => {
      const seen = recent.map(({ isBad }) => isBad);
      let bad = seen.filter(Boolean).length;
      for (const outcome of outcomes) {
        const isBad = verdict(outcome);
        if (isBad === null) continue;
        seen.push(isBad);
        if (isBad) bad++;
        if (seen.length > window && seen.shift()) bad--;
        // A good event is never one too many, whatever came before it.
        if (isBad && seen.length >= least && bad * 2 > seen.length)
          return { bad, of: seen.length, cause: ('cause' in outcome && outcome.cause) || 'see the log above' };
      }
      return null;
    },
    committed: (inputs, outcomes) => {
      const verdicts = outcomes.flatMap((outcome, index) => {
        const isBad = verdict(outcome);
        return isBad === null ? [] : { isBad, id: inputs[index]?.delivery?.id ?? '' };
      });
      recent = [...recent, ...verdicts].slice(-window);
    },
    bad: () => recent.flatMap(({ isBad, id }) => (isBad ? id : [])),
    forget: (eventIds) => {
      recent = recent.filter(({ isBad, id }) => !isBad || !eventIds.has(id));
    },
  };
};

/** Whether an input was bad; null: it says nothing about the share, as duplicates, those that only wait, and anybody's bytes. */
export const verdict = (outcome: Outcome<unknown>): boolean | null => {
  switch (outcome.kind) {
    case 'applied':
      return false;
    case 'parked':
      return outcome.recognized ? true : null;
    case 'skipped':
      return outcome.by === 'unparkable' ? true : null;
    case 'duplicate':
    case 'waiting':
      return null;
  }
};
