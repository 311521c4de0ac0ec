import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './lock.ts';
import type { Ports, ProcessName } from './process-env.ts';
import { root } from './root.ts';

/** What other commands need to know of the running stack. The passwords of the services are in credentials.json beside it. */
export type StackFile = {
  /** The process that runs the stack. */
  pid: number;
  brokers: string[];
  /** With the administrator's password. */
  mysqlUrl: string;
  ports: Ports;
  /** What else the processes find in their environment. */
  env: Record<string, string>;
  /** The folder of the repository, or of its copy with examples, whose code it runs. */
  root: string;
  /** Only the processes that the stack runs itself. */
  pids: Partial<Record<ProcessName, number>>;
  /** By the name of the server; only those that the stack runs itself. */
  serverPids: Record<string, number>;
};

/** The data folder of `npm start`. */
export const dataFolder = (env = process.env): string => {
  return env.QUADRILLE_DIR || join(root, '.quadrille');
};

export const writeStackFile = (dir: string, content: StackFile): void => {
  writeFileSync(join(dir, 'stack.json'), JSON.stringify(content, null, 2), { mode: 0o600 });
};

export const removeStackFile = (dir: string): void => {
  rmSync(join(dir, 'stack.json'), { force: true });
};

/** The stack that runs on the folder, if one does. */
export const readStackFile = (dir: string): StackFile | undefined => {
  const content = readLeftStackFile(dir);
  return content && isAlive(content.pid) ? content : undefined;
};

/** Also of a stack that was killed before it could remove the file. */
export const readLeftStackFile = (dir: string): StackFile | undefined => {
  const file = join(dir, 'stack.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
};
