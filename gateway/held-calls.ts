import { Gauge } from '@quadrille/process/metrics';
import { HttpError } from '@quadrille/process/problem';
import { retryAfter } from './responses.ts';
import type { Call } from './route.ts';

export type HeldCalls = {
  /**
   * Runs `waiting`; when the process stops meanwhile, or is stopping already, the answer is that of `atOnce`.
   * @throws HttpError 429 or 503 when too many wait already
   */
  readonly hold: <T>(
    client: AbortSignal,
    call: HeldCall,
    waiting: (signal: AbortSignal) => Promise<T>,
    atOnce: () => Promise<T>,
  ) => Promise<T>;
  /**
   * A body that `tell` writes to until it is done, the client leaves, reads too slowly, or the process stops; none of these is an error.
   * @throws HttpError 429 or 503 when too many wait already
   */
  readonly stream: (
    client: AbortSignal,
    call: HeldCall,
    tell: (write: (text: string) => void, signal: AbortSignal) => Promise<void>,
  ) => ReadableStream<Uint8Array>;
  /** Answers all waiting calls; later calls do not wait. */
  readonly release: () => void;
};

type HeldCall = Pick<Call, 'client' | 'startWaiting'>;

export type HeldLimits = {
  /** So many in all; undefined: no limit. */
  readonly most?: number | undefined;
  /** So many of one address; undefined: no limit. */
  readonly mostOfAddress?: number | undefined;
};

const utf8 = new TextEncoder();

/** A client that has not read so many pieces does not read, and would only take memory. */
const mostUnread = 32;

/** The clients that wait for an order to move. */
export const createHeldCalls = ({ most, mostOfAddress }: HeldLimits = {}): HeldCalls => {
  const held = new Set<AbortController>();
  const ofAddresses = new Map<string, number>();
  let released = false;
  counts.add(() => held.size);

  const add = (controller: AbortController, { client, startWaiting }: HeldCall): (() => void) => {
    const { address } = client;
    const before = ofAddresses.get(address) ?? 0;
    if (mostOfAddress !== undefined && before >= mostOfAddress)
      throw new HttpError(429, 'Too many calls of this address wait for an order', { headers: retryAfter });
    if (most !== undefined && held.size >= most)
      throw new HttpError(503, 'Too many calls wait for an order', { headers: retryAfter });
    held.add(controller);
    ofAddresses.set(address, before + 1);
    startWaiting();
    return () => {
      if (!held.delete(controller)) return;
      const left = (ofAddresses.get(address) ?? 0) - 1;
      if (left > 0) ofAddresses.set(address, left);
      else ofAddresses.delete(address);
    };
  };

  return {
    hold: async (client, call, waiting, atOnce) => {
      if (released) return atOnce();
      const controller = new AbortController();
      const remove = add(controller, call);
      const leave = () => controller.abort();
      client.addEventListener('abort', leave);
      try {
        return await waiting(controller.signal);
      } catch (error) {
        if (client.aborted) throw new HttpError(408, 'The client left');
        if (released) return atOnce();
        throw error;
      } finally {
        remove();
        client.removeEventListener('abort', leave);
      }
    },
    stream: (client, call, tell) => {
      const controller = new AbortController();
      const remove = add(controller, call);
      const leave = () => controller.abort();
      client.addEventListener('abort', leave);
      if (released) leave();
      return new ReadableStream<Uint8Array>({
        start: (body) => {
          const write = (text: string) => {
            if (controller.signal.aborted) return;
            body.enqueue(utf8.encode(text));
            if ((body.desiredSize ?? 0) < -mostUnread) leave();
          };
          tell(write, controller.signal)
            .then(
              () => body.close(),
              (error: unknown) => (controller.signal.aborted ? body.close() : body.error(error)),
            )
            // The client has left.
            .catch(() => {})
            .finally(() => {
              remove();
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

const counts = new Set<() => number>();
new Gauge({
  name: 'quadrille_gateway_held_calls',
  help: 'Calls that wait for an order to change',
  collect() {
    this.set([...counts].reduce((sum, count) => sum + count(), 0));
  },
});
