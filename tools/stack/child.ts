import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { codeOf, StackError } from '@quadrille/process/errors';
import { guardChild } from './guard.ts';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type Daemon = { child: ChildProcess; pid: number; exited: Promise<Exit> };

type DaemonOptions = {
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd?: string;
  /** Gets stdout and stderr by its file descriptor: no pipe, no CPU of ours. */
  logFile: string;
  /** Opens a channel on which the process can send messages to us. */
  ipc?: boolean;
};

/** Starts a process that outlives Ctrl-C (we stop it, in our order) but not us. */
export const startDaemon = async (options: DaemonOptions): Promise<Daemon> => {
  const fd = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(options.command, options.args, {
      stdio: options.ipc ? ['ignore', fd, fd, 'ipc'] : ['ignore', fd, fd],
      env: options.env,
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    return await started(child, options.command);
  } finally {
    closeSync(fd);
  }
};

const running = new Set<Daemon>();

/** Stops whatever this process has started, the last first: for an end in the middle of a start. */
export const stopAllDaemons = async (): Promise<void> => {
  for (const daemon of [...running].reverse()) await stopDaemon(daemon);
};

/** Waits for the spawn itself to succeed and puts the child under guard. */
export const started = async (child: ChildProcess, command: string): Promise<Daemon> => {
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(spawnError(error, command)));
  });
  guardChild(child);
  const daemon = { child, pid: child.pid ?? -1, exited };
  running.add(daemon);
  void exited.then(() => running.delete(daemon));
  return daemon;
};

function spawnError(error: Error, command: string): StackError {
  return codeOf(error) === 'ENOENT'
    ? new StackError(`There is no "${command}" on this machine: install it or put it on the PATH.`, { cause: error })
    : new StackError(`"${command}" could not be started (${error.message}).`, { cause: error });
}

/** SIGTERM, and SIGKILL for what is still there after the grace. */
export const stopDaemon = async (daemon: Daemon, graceMs = 10_000): Promise<Exit> => {
  daemon.child.kill('SIGTERM');
  const timer = setTimeout(() => daemon.child.kill('SIGKILL'), graceMs);
  const exit = await daemon.exited;
  clearTimeout(timer);
  return exit;
};

/** The log of the run before stays readable next to the new one; two are enough. */
export const rotateLog = (file: string): void => {
  if (existsSync(file)) renameSync(file, `${file}.old`);
};

/** Why a process that writes this log failed, in a sentence. */
export const failure = (what: string, logFile: string): StackError => {
  return /no space left|disk is full|(error|errno:?) 28\b/i.test(readLog(logFile))
    ? new StackError(`${what}: the disk is full, make room and try again (its log: ${logFile}).`)
    : new StackError(`${what}: see ${logFile}, which ends with:\n${lastTrouble(logFile)}`);
};

/** Whether the process that wrote this log could not have the port that it was to listen on. */
export const isPortTaken = (logFile: string): boolean => {
  return /address already in use/i.test(readLog(logFile));
};

/** The last lines of a log that speak of trouble; its very last lines when none does. */
export const lastTrouble = (logFile: string, count = 3): string => {
  const said = readLog(logFile)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at |\[ERROR\] Aborting/.test(line));
  const trouble = said.filter((line) => /error|fatal|exception|cannot|could not|"level":[56]0/i.test(line));
  return (trouble.length > 0 ? trouble : said).slice(-count).join('\n').slice(-2000) || 'nothing: it is empty';
};

const readLog = (file: string): string => {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
