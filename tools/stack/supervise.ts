import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@quadrille/process/errors';
import type { Exit } from './child.ts';
import type { ProcessName } from './process-env.ts';
import type { OwnServer } from './servers.ts';
import type { Stack } from './stack.ts';

const shortestMs = 500;
const longestMs = 10_000;
const calmMs = 60_000;

type SuperviseOptions = { isStopping(): boolean; log(line: string): void; onRestart(): void };

/** Something that is to run for as long as the stack does. */
type Watched = {
  readonly name: string;
  logFile(): string;
  exited(): Promise<Exit>;
  restart(): Promise<unknown>;
  /** Resolves when a restart that was asked for elsewhere has ended; true: it did, so there is nothing to do. */
  restarted?(): Promise<boolean>;
};

/** Starts a process or a server again that ended unexpectedly, later and later while it keeps ending. */
export const supervise = (stack: Stack, options: SuperviseOptions): void => {
  for (const name of stack.processes.keys()) void watch(processOf(stack, name), options);
  for (const server of stack.servers.own) void watch(watchedServer(server), options);
};

const processOf = (stack: Stack, name: ProcessName): Watched => {
  const current = () => {
    const process = stack.processes.get(name);
    if (!process) throw new Error(`${name} was never started`);
    return process;
  };
  return {
    name,
    logFile: () => current().logFile,
    exited: () => current().exited,
    restart: () => stack.restart(name),
    restarted: async () => {
      const work = stack.restarting(name);
      return work !== undefined && (await work.then(() => true).catch(() => false)) === true;
    },
  };
};

const watchedServer = ({ name, logFile, exited, restart }: OwnServer): Watched => {
  return { name, logFile: () => logFile, exited, restart };
};

/** Goes on until the stack is stopping. */
export const watch = async (watched: Watched, { isStopping, log, onRestart }: SuperviseOptions): Promise<void> => {
  const { name, exited, restart, restarted = async () => false } = watched;
  let waitMs = shortestMs;
  for (;;) {
    const since = Date.now();
    const { code, signal } = await exited();
    if (isStopping()) return;
    if (await restarted()) continue;
    waitMs = nextWait(waitMs, Date.now() - since);
    log(
      `${name} ended unexpectedly (${signal ?? `code ${code}`}); starting it again in ${waitMs / 1000} s, see ${watched.logFile()}`,
    );
    await sleep(waitMs);
    if (isStopping()) return;
    try {
      await restart();
      log(`${name} is ready again`);
    } catch (error) {
      if (isStopping()) return;
      log(messageOf(error));
    }
    onRestart();
    waitMs *= 2;
  }
};

/** Doubles up to a limit, and starts over after a quiet while. */
export const nextWait = (proposedMs: number, livedMs: number): number => {
  return livedMs >= calmMs ? shortestMs : Math.min(proposedMs, longestMs);
};
