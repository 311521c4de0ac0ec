import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { type Daemon, type Exit, lastTrouble, startDaemon, started, stopDaemon } from './child.ts';
import { StackError } from './errors.ts';
import { until } from './ports.ts';
import type { ProcessName } from './process-env.ts';
import { root } from './root.ts';

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
  /** Gets each line beside the log file. Without it the process writes there itself, at no cost for us. */
  onLine?: ((name: ProcessName, line: string) => void) | undefined;
};

const readyTimeoutMs = 60_000;
// A process gives itself 10 s after SIGTERM.
const stopGraceMs = 12_000;

export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, port, logFile } = options;
  const daemon = await (options.onLine ? startReadProcess(options) : startQuietProcess(options));
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

function startQuietProcess({ entry, env, logFile }: ProcessOptions): Promise<Daemon> {
  return startDaemon({ command: process.execPath, args: [entry], env, cwd: root, logFile });
}

async function startReadProcess({ name, entry, env, logFile, onLine = () => {} }: ProcessOptions): Promise<Daemon> {
  const fd = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: root, detached: true });
  child.once('close', () => closeSync(fd));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      writeSync(fd, `${line}\n`);
      onLine(name, line);
    });
  }
  return started(child, process.execPath);
}

async function waitUntilReady(daemon: Daemon, { name, port, logFile }: ProcessOptions): Promise<void> {
  const gone = new AbortController();
  void daemon.exited.then(({ code, signal }) => gone.abort(new Error(`it ended with ${signal ?? `code ${code}`}`)));
  const timeout = AbortSignal.timeout(readyTimeoutMs);
  try {
    await until(() => saysReady(port), AbortSignal.any([gone.signal, timeout]));
  } catch {
    const why = timeout.aborted
      ? `is not ready after ${readyTimeoutMs / 1000} s`
      : `did not start: ${gone.signal.reason.message}`;
    throw new StackError(`${name} ${why}; see ${logFile}, which ends with:\n${lastTrouble(logFile, 3)}`);
  }
}

function saysReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/ready', agent: false, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
