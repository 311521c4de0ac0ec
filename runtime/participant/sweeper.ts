import type { Log } from '@quadrille/process/log';

const roundsAtOnce = 20;

/**
 * Does a piece of work again and again: deadlines, purges. What it looks for are rows, so a restart forgets nothing and a second
 * sweeper does no harm. `work` answers how many it found; while that is anything it goes on, up to a bound: rows that come up again and
 * again must not keep the process busy.
 */
export const startSweeper = (options: {
  what: string;
  /** ms between two looks */
  every: number;
  work: () => Promise<number>;
  log: Log;
}): { stop: () => Promise<void> } => {
  const { what, every, work, log } = options;
  let stopped = false;
  const sweep = async () => {
    for (let round = 0; round < roundsAtOnce && !stopped; round++) {
      const found = await work();
      if (found === 0) return;
      log.info({ rows: found }, what);
    }
  };
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= sweep()
      .catch((error: unknown) => log.warn({ err: error }, `${what}: the sweep failed; the next one makes it good`))
      .finally(() => {
        running = null;
      });
  }, every);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
};
