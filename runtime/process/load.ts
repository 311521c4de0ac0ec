import { Gauge } from './metrics.ts';

export type LoadLimits = {
  /** So many calls under way at once; undefined: no limit. */
  readonly concurrency?: number | undefined;
  /** While the event loop is later than so many ms; undefined: never. */
  readonly eventLoopDelay?: number | undefined;
};

export type Load = {
  /** One more call; undefined: it is too much, refuse it at once. @returns call it when the call is over; a second time it does nothing */
  readonly enter: () => (() => void) | undefined;
  readonly stop: () => void;
};

/** What a caller learns that was refused. */
export const overloaded = 'Too much comes in at once. Nothing was done.';

/**
 * Decides which calls a server takes: those that it refuses cost next to nothing, so that it has its time for the others (R52). Both
 * limits are fixed. A number of calls is a bound on how long each waits, whatever they wait for; the delay of the event loop shows what
 * no count of calls can: that the process itself has too little CPU.
 */
export const createLoad = ({ concurrency = Number.POSITIVE_INFINITY, eventLoopDelay }: LoadLimits): Load => {
  const eventLoop = eventLoopDelay === undefined ? undefined : watchEventLoop(eventLoopDelay);
  let calls = 0;
  underWay.add(() => calls);
  return {
    enter: () => {
      if (calls >= concurrency || eventLoop?.isLate()) return undefined;
      calls++;
      let isOver = false;
      return () => {
        if (!isOver) calls--;
        isOver = true;
      };
    },
    stop: () => eventLoop?.stop(),
  };
};

const underWay = new Set<() => number>();
new Gauge({
  name: 'quadrille_http_calls',
  help: 'Calls under way in the HTTP server; those that wait for an order to change do not count',
  collect() {
    this.set([...underWay].reduce((sum, count) => sum + count(), 0));
  },
});

const lookEvery = 100;

/** Late is late twice in a row: one pause may be the garbage collector's, and is over when it is seen. */
const watchEventLoop = (limit: number) => {
  let lateInARow = 0;
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lateInARow = now - before - lookEvery > limit ? lateInARow + 1 : 0;
    before = now;
  }, lookEvery).unref();
  return { isLate: () => lateInARow >= 2, stop: () => clearInterval(timer) };
};
