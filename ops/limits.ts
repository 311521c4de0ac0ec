/** How fast an operation goes (a second), and after how many failures it stops by itself, unless the operator says otherwise. */
export const limits = {
  parked: { rate: 50, stopAfter: 1 },
  replay: { rate: 500, stopAfter: 1 },
} as const;

/**
 * Whether at least one of these filters is given. Leaving a filter out by mistake must not select everything, so without one the option "all" is
 * needed.
 */
export const isChoice = (...choices: readonly unknown[]): boolean =>
  choices.some((choice) => {
    if (Array.isArray(choice)) return choice.length > 0;
    return typeof choice === 'string' ? choice.trim() !== '' : choice !== undefined;
  });
