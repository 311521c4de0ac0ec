import { HttpError } from '@quadrille/process/problem';

export type HeldCalls = {
  /** Runs `waiting`; when the process stops meanwhile, or is stopping already, the answer is that of `atOnce`. */
  readonly hold: <T>(
    client: AbortSignal,
    waiting: (signal: AbortSignal) => Promise<T>,
    atOnce: () => Promise<T>,
  ) => Promise<T>;
  /** A body that `tell` writes to until it is done, the client leaves, or the process stops; none of these is an error. */
  readonly stream: (
    client: AbortSignal,
    tell: (write: (text: string) => void, signal: AbortSignal) => Promise<void>,
  ) => ReadableStream<Uint8Array>;
  /** Answers all waiting calls; later calls do not wait. */
  readonly release: () => void;
};

const utf8 = new TextEncoder();

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
        if (client.aborted) throw new HttpError(408, 'The client left');
        if (released) return atOnce();
        throw error;
      } finally {
        held.delete(controller);
        client.removeEventListener('abort', leave);
      }
    },
    stream: (client, tell) => {
      const controller = new AbortController();
      const leave = () => controller.abort();
      client.addEventListener('abort', leave);
      held.add(controller);
      if (released) leave();
      return new ReadableStream<Uint8Array>({
        start: (body) => {
          const write = (text: string) => {
            if (!controller.signal.aborted) body.enqueue(utf8.encode(text));
          };
          tell(write, controller.signal)
            .then(
              () => body.close(),
              (error: unknown) => (controller.signal.aborted ? body.close() : body.error(error)),
            )
            // The client has left.
            .catch(() => {})
            .finally(() => {
              held.delete(controller);
              client.removeEventListener('abort', leave);
            });
        },
        cancel: leave,
      });
    },
    release: () => {
      released = true;
      for (const controller of held) controller.abort();
    },
  };
};
