import { get } from 'node:http';
import { StackError } from '@quadrille/process/errors';
import { isPortReport, type PortReport, portTakenCode } from '@quadrille/process/listen';
import { type Daemon, type Exit, lastTrouble, startDaemon, stopDaemon } from './child.ts';
import { PortTakenError } from './errors.ts';
import { until } from './ports.ts';
import type { ProcessName } from './process-env.ts';
import { root } from './root.ts';
import { tail } from './tail.ts';

export type RunningProcess = {
  name: ProcessName;
  pid: number;
  logFile: string;
  /**
   * The port that its server got, by its own word; rejects with a PortTakenError when the one that it was to have is taken, with a
   * StackError when it ends before.
   */
  listening: Promise<number>;
  /** The port of its metrics: its metrics port, if it has one. */
  metrics: Promise<number>;
  /** Resolves when the process says that it can do its work; rejects with a StackError when it ends before. */
  ready: Promise<void>;
  exited: Promise<Exit>;
  stop(): Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
};

type ProcessOptions = {
  name: ProcessName;
  /** The file that is its main, as a path or from the root of the repository. */
  entry: string;
  env: Record<string, string>;
  logFile: string;
  /** Gets each line of the log. */
  onLine?: ((name: ProcessName, line: string) => void) | undefined;
};

const readyTimeoutMs = 60_000;
// A process gives itself 10 s after SIGTERM.
const stopGraceMs = 12_000;

/** The process writes its log itself, so that the log is whole even when we are killed; lines are read from the file. */
export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  const { name, entry, env, logFile, onLine } = options;
  const daemon = await startDaemon({ command: process.execPath, args: [entry], env, cwd: root, logFile, ipc: true });
  if (onLine) {
    const stopReading = tail(logFile, (line) => onLine(name, line));
    daemon.child.once('exit', stopReading);
  }
  const report = waitForPorts(daemon, options);
  const listening = report.then((ports) => ports.listening);
  const metrics = report.then((ports) => ports.metrics ?? ports.listening);
  const ready = waitUntilReady(daemon, listening, options);
  // Whoever wants to know waits for it; a process that dies unwatched must not take us along.
  listening.catch(() => {});
  metrics.catch(() => {});
  ready.catch(() => {});
  return {
    name,
    pid: daemon.pid,
    logFile,
    listening,
    metrics,
    ready,
    exited: daemon.exited,
    stop: () => stopDaemon(daemon, stopGraceMs),
    kill: (signal) => void daemon.child.kill(signal),
  };
};

// The gateway is ready when the order service is, which is waited for anyway, unless it was left out on purpose.
const readyPaths: Partial<Record<ProcessName, string>> = { gateway: '/health' };

const waitForPorts = ({ child, exited }: Daemon, { name, logFile }: ProcessOptions): Promise<PortReport> => {
  return new Promise((resolve, reject) => {
    let isListening = false;
    child.on('message', (message) => {
      if (!isPortReport(message)) return;
      isListening = true;
      resolve(message);
      // It has nothing more to say, and an open channel would keep us alive.
      if (child.connected) child.disconnect();
    });
    void exited.then(({ code, signal }) => {
      if (isListening) return;
      const why = `${name} did not start: it ended with ${signal ?? `code ${code}`}`;
      reject(
        code === portTakenCode
          ? new PortTakenError(`${name} did not start: its port is taken; see ${logFile}`)
          : new StackError(`${why}; see ${logFile}, which ends with:\n${lastTrouble(logFile)}`),
      );
    });
  });
};

const waitUntilReady = async (
  daemon: Daemon,
  listening: Promise<number>,
  { name, logFile }: ProcessOptions,
): Promise<void> => {
  const gone = new AbortController();
  void daemon.exited.then(({ code, signal }) => gone.abort(new Error(`it ended with ${signal ?? `code ${code}`}`)));
  const timeout = AbortSignal.timeout(readyTimeoutMs);
  try {
    const port = await Promise.race([listening, aborted(timeout)]);
    await until(() => answers(port, readyPaths[name] ?? '/ready'), AbortSignal.any([gone.signal, timeout]));
  } catch (error) {
    if (error instanceof StackError) throw error;
    const why = timeout.aborted
      ? `is not ready after ${readyTimeoutMs / 1000} s`
      : `did not start: ${gone.signal.reason.message}`;
    throw new StackError(`${name} ${why}; see ${logFile}, which ends with:\n${lastTrouble(logFile)}`);
  }
};

const aborted = (signal: AbortSignal): Promise<never> => {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
};

const answers = (port: number, path: string): Promise<boolean> => {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
};
