import { get } from 'node:http';
import { type Daemon, type Exit, lastTrouble, startDaemon, stopDaemon } from './child.ts';
import { StackError } from './errors.ts';
import { until } from './ports.ts';
import type { ProcessName } from './process-env.ts';
import { root } from './root.ts';
import { tail } from './tail.ts';

export type RunningProcess = {
  name: ProcessName;
  pid: number;
  port: number;
  logFile: string;
  /** Resolves when the process says that it can do its work; rejects with a StackError when it ends before. */
  ready: Promise<void>;
  exited: Promise<Exit>;
  stop(): Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
};

type ProcessOptions = {
  name: ProcessName;
  /** The file that is its main, from the root of the repository. */
  entry: string;
  env: Record<string, string>;
  port: number;
  logFile: string;
  /** Gets each line of the log. */
  onLine?: ((name: ProcessName, line: string) => void) | undefined;
};

const readyTimeoutMs = 60_000;
// A process gives itself 10 s after SIGTERM.
const stopGraceMs = 12_000;

/** The process writes its log itself, so that the log is whole even when we are killed; whoever wants the lines reads along. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, entry, env, port, logFile, onLine } = options;
  const daemon = await startDaemon({ command: process.execPath, args: [entry], env, cwd: root, logFile });
  if (onLine) {
    const stopReading = tail(logFile, (line) => onLine(name, line));
    daemon.child.once('exit', stopReading);
  }
  const ready = waitUntilReady(daemon, options);
  // Whoever wants to know waits for it; a process that dies unwatched must not take us along.
  ready.catch(() => {});
  return {
    name,
    pid: daemon.pid,
    port,
    logFile,
    ready,
    exited: daemon.exited,
    stop: () => stopDaemon(daemon, stopGraceMs),
    kill: (signal) => void daemon.child.kill(signal),
  };
}

// The gateway is ready when the order service is, which is waited for anyway, unless it was left out on purpose.
const readyPaths: Partial<Record<ProcessName, string>> = { gateway: '/health' };

async function waitUntilReady(daemon: Daemon, { name, port, logFile }: ProcessOptions): Promise<void> {
  const gone = new AbortController();
  void daemon.exited.then(({ code, signal }) => gone.abort(new Error(`it ended with ${signal ?? `code ${code}`}`)));
  const timeout = AbortSignal.timeout(readyTimeoutMs);
  try {
    await until(() => answers(port, readyPaths[name] ?? '/ready'), AbortSignal.any([gone.signal, timeout]));
  } catch {
    const why = timeout.aborted
      ? `is not ready after ${readyTimeoutMs / 1000} s`
      : `did not start: ${gone.signal.reason.message}`;
    throw new StackError(`${name} ${why}; see ${logFile}, which ends with:\n${lastTrouble(logFile)}`);
  }
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
