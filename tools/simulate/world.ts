import type { Random } from './random.ts';

/** A process of the system: it can die at any step, or stop for a while and go on as if nothing had been. */
export type Process = {
  readonly name: string;
  /** ms that a step of it takes at most: some are slow in some runs. */
  readonly pace: number;
  alive: boolean;
  frozenUntil: number;
  /** Told at its death. */
  readonly onDeath: (() => void)[];
};

/** What somebody waits for. */
export type Signal = { readonly waiting: Set<Turn> };

type Turn = { readonly process: Process; at: number; readonly go: () => void };

export type World = {
  readonly random: Random;
  /** ms since the beginning. */
  readonly now: () => number;
  /** The place where everything happens: a statement, a send, a call. Others may go first, time passes, and the process may die here. */
  readonly step: () => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Waits for a signal, or so many ms. */
  readonly wait: (signal: Signal, ms: number) => Promise<void>;
  readonly notify: (signal: Signal) => void;
  readonly newProcess: (name: string, pace: number) => Process;
  /** Starts work in a process; it ends with it. In a dead one nothing happens. */
  readonly start: (process: Process, work: () => Promise<void>) => void;
  /** The process whose step it is. */
  readonly current: () => Process;
  readonly kill: (process: Process) => void;
  /** Nothing of the process happens for so many ms. */
  readonly freeze: (process: Process, ms: number) => void;
  /** Asked before each step, what happens to the process at it. */
  trouble: (process: Process) => void;
  /** Lets it all happen until `isOver`, which is asked at each step of `observer`. @throws what the work of any process threw */
  readonly run: () => Promise<void>;
  readonly end: (error?: unknown) => void;
  readonly tell: (line: () => string) => void;
};

export const newSignal = (): Signal => ({ waiting: new Set() });

/**
 * One thing at a time: whoever has the turn runs until its next step, then somebody is drawn who may go on. So the order of everything
 * follows from the seed, and nothing waits for a real timer.
 */
export const createWorld = (
  random: Random,
  tell: (now: number, process: string, line: () => string) => void,
): World => {
  let now = 0;
  let turns: Turn[] = [];
  let current: Process = { name: 'world', pace: 0, alive: true, frozenUntil: 0, onDeath: [] };
  const over = Promise.withResolvers<void>();
  let ended = false;

  const next = (): void => {
    while (!ended) {
      if (turns.length === 0) world.end(new Error('nobody has anything left to do'));
      const due = turns.filter(({ at }) => at <= now);
      if (due.length === 0 && turns.length > 0) {
        now = turns.reduce((earliest, { at }) => Math.min(earliest, at), Number.POSITIVE_INFINITY);
        continue;
      }
      const turn = due[Math.floor(random.next() * due.length)];
      if (!turn) continue;
      const { process } = turn;
      current = process;
      world.trouble(process);
      if (!turns.includes(turn) || turn.at > now) continue;
      turns.splice(turns.indexOf(turn), 1);
      current = process;
      turn.go();
      return;
    }
  };

  /** Gives the turn away; goes on when it is drawn again, at `at` or later. */
  const pause = (at: number, signal?: Signal): Promise<void> =>
    new Promise((resolve) => {
      const turn: Turn = {
        process: current,
        at,
        go: () => {
          signal?.waiting.delete(turn);
          resolve();
        },
      };
      turns.push(turn);
      signal?.waiting.add(turn);
      next();
    });

  const world: World = {
    random,
    now: () => now,
    step: () => pause(now + Math.floor(random.next() * (current.pace + 1))),
    sleep: (ms) => pause(now + ms),
    wait: (signal, ms) => pause(now + ms, signal),
    notify: (signal) => {
      for (const turn of signal.waiting) {
        const soon = Math.max(now + Math.floor(random.next() * 3), turn.process.frozenUntil);
        turn.at = Math.min(turn.at, soon);
      }
    },
    newProcess: (name, pace) => ({ name, pace, alive: true, frozenUntil: 0, onDeath: [] }),
    start: (process, work) => {
      if (!process.alive) return;
      const go = () => {
        work().then(next, (error: unknown) => {
          if (process.alive) world.end(error);
          else next();
        });
      };
      turns.push({ process, at: Math.max(now, process.frozenUntil), go });
    },
    current: () => current,
    kill: (process) => {
      process.alive = false;
      turns = turns.filter((turn) => turn.process !== process);
      for (const told of process.onDeath) told();
    },
    freeze: (process, ms) => {
      process.frozenUntil = now + ms;
      for (const turn of turns) if (turn.process === process) turn.at = Math.max(turn.at, process.frozenUntil);
    },
    trouble: () => {},
    run: async () => {
      next();
      await over.promise;
    },
    end: (error) => {
      if (ended) return;
      ended = true;
      if (error) over.reject(error);
      else over.resolve();
    },
    tell: (line) => tell(now, current.name, line),
  };
  return world;
};
