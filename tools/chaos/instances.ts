import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programOf } from '@quadrille/stack/bundle';
import { PortTakenError } from '@quadrille/stack/errors';
import type { ProcessName } from '@quadrille/stack/process-env';
import { type RunningProcess, startProcess } from '@quadrille/stack/processes';
import type { Line } from './line.ts';

/** One of our processes, which a supervisor starts again whenever it ends. */
export type Instance = {
  readonly name: ProcessName;
  /** `stock-2` */
  readonly label: string;
  /** Its line to the database; the gateway has none. */
  readonly line: Line | undefined;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** How far (ms) its clock is ahead, from now on. */
  readonly setClock: (ahead: number) => void;
  /** The port that it got at its first start, and asks for again after each. */
  readonly listening: Promise<number>;
  /** Whether it has become ready since its last start. */
  readonly isReady: () => boolean;
  /** What it answers now when it is asked whether it is ready. The gateway is never asked: its answer is on a port that nobody knows. */
  readonly saysReady: () => Promise<boolean>;
  /** How often it has ended. */
  readonly ends: () => number;
  readonly stop: () => Promise<void>;
};

const restartAfter = 500;
const clock = join(import.meta.dirname, 'shifted-clock.mjs');

export const startInstance = (options: {
  name: ProcessName;
  label: string;
  /** @param port 0: any */
  env: (port: number) => Record<string, string>;
  /** The port to ask for at the first start; 0: any. */
  port: number;
  logFile: string;
  /** Where its clock finds how far it is ahead: see shifted-clock.mjs. */
  clockFile: string;
  line?: Line | undefined;
}): Instance => {
  const { name, label, line, env, logFile, clockFile } = options;
  const first = Promise.withResolvers<number>();
  // Without its port the first start is in vain; whatever else ends it is a fault like any other.
  const rejectFirst = (error: unknown) => {
    if (error instanceof PortTakenError) first.reject(error);
  };
  let { port } = options;
  let running: RunningProcess | undefined;
  let ready = false;
  let stopped = false;
  let ends = 0;

  const supervise = async () => {
    while (!stopped) {
      running = await startProcess({
        name,
        entry: await programOf(name),
        env: { ...env(port), NODE_OPTIONS: `--import=${clock}`, CHAOS_CLOCK_FILE: clockFile },
        logFile,
      });
      running.listening.then((got) => {
        port = got;
        first.resolve(got);
      }, rejectFirst);
      // One that ends before it is ready is started again like any other.
      running.ready.then(
        () => {
          ready = true;
        },
        () => {},
      );
      await running.exited;
      ready = false;
      ends++;
      if (!stopped) await sleep(restartAfter);
    }
  };
  first.promise.catch(() => {});
  const supervising = supervise();
  return {
    name,
    label,
    line,
    listening: first.promise,
    signal: (signal) => running?.kill(signal),
    setClock: (ahead) => writeFileSync(clockFile, String(ahead)),
    isReady: () => ready,
    saysReady: () =>
      fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    ends: () => ends,
    stop: async () => {
      stopped = true;
      // One that was stopped by SIGSTOP notices nothing else.
      running?.kill('SIGCONT');
      await running?.stop();
      await supervising;
    },
  };
};
