/** How fast an operation goes (a second), and after how many failures it stops by itself, unless somebody says otherwise. */
export const limits = {
  parked: { rate: 50, stopAfter: 1 },
  replay: { rate: 500, stopAfter: 1 },
} as const;

/**
 * Whether somebody chose something, by at least one of these. Nobody should set everything going by leaving something out, so where nothing
 * is chosen "all" must be said.
 */
export const isChoice = (...choices: readonly unknown[]): boolean =>
  choices.some((choice) => {
    if (Array.isArray(choice)) return choice.length > 0;
    return typeof choice === 'string' ? choice.trim() !== '' : choice !== undefined;
  });
