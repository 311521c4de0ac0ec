import { Refusal } from './problem.ts';

export type HeldCalls = {
  /** Runs `waiting`; when the process stops meanwhile, or is stopping already, the answer is that of `atOnce`. */
  readonly hold: <T>(
    client: AbortSignal,
    waiting: (signal: AbortSignal) => Promise<T>,
    atOnce: () => Promise<T>,
  ) => Promise<T>;
  /** Answers everyone who waits, and from now on nobody waits any more. */
  readonly release: () => void;
};

/** The clients that wait for an order to move. */
export const createHeldCalls = (): HeldCalls => {
  const held = new Set<AbortController>();
  let released = false;
  return {
    hold: async (client, waiting, atOnce) => {
      if (released) return atOnce();
      const controller = new AbortController();
      const leave = () => controller.abort();
      client.addEventListener('abort', leave);
      held.add(controller);
      try {
        return await waiting(controller.signal);
      } catch (error) {
        if (client.aborted) throw new Refusal(408, 'The client left');
        if (released) return atOnce();
        throw error;
      } finally {
        held.delete(controller);
        client.removeEventListener('abort', leave);
      }
    },
    release: () => {
      released = true;
      for (const controller of held) controller.abort();
    },
  };
};
