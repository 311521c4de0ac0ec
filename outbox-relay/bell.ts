/**
 * Wakes the relay when an outbox may have new rows. `ring` is remembered until the next `wait`, so that a ring between a look that found
 * nothing and the wait that follows is not lost (R10).
 */
export type Bell = {
  readonly ring: () => void;
  /** Resolves at a ring, or after `ms`. @returns true when it rang */
  readonly wait: (ms: number) => Promise<boolean>;
};

export const createBell = (): Bell => {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: async (ms) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      wake = null;
      const answer = rung;
      rung = false;
      return answer;
    },
  };
};
