import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './errors.ts';
import type { ProcessName } from './process-env.ts';
import type { Stack } from './stack.ts';

const shortestMs = 500;
const longestMs = 10_000;
const calmMs = 60_000;

type SuperviseOptions = { isStopping(): boolean; log(line: string): void; onRestart(): void };

/** Starts a process again that ended although nobody asked it to, later and later while it keeps ending. */
export function supervise(stack: Stack, options: SuperviseOptions): void {
  for (const name of stack.processes.keys()) void watch(stack, name, options);
}

async function watch(stack: Stack, name: ProcessName, { isStopping, log, onRestart }: SuperviseOptions): Promise<void> {
  let waitMs = shortestMs;
  for (;;) {
    const process = stack.processes.get(name);
    if (!process) return;
    const since = Date.now();
    const { code, signal } = await process.exited;
    if (isStopping()) return;
    waitMs = nextWait(waitMs, Date.now() - since);
    log(
      `${name} ended unexpectedly (${signal ?? `code ${code}`}); starting it again in ${waitMs / 1000} s, see ${process.logFile}`,
    );
    await sleep(waitMs);
    if (isStopping()) return;
    try {
      await stack.restart(name);
      log(`${name} is ready again`);
    } catch (error) {
      log(messageOf(error));
    }
    onRestart();
    waitMs *= 2;
  }
}

/** Doubles up to a limit, and starts over after a quiet while. */
export function nextWait(proposedMs: number, livedMs: number): number {
  return livedMs >= calmMs ? shortestMs : Math.min(proposedMs, longestMs);
}
