import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, StackError } from '@quadrille/process/errors';

/** One stack at a time per data folder. Returns what lets go of it. A lock whose owner is no more is taken over. */
export const lockFolder = (dir: string): (() => void) => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'lock');
  const mine = identity(process.pid);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, `${process.pid} ${mine}`, { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const owner = readOwner(file);
      if (owner !== undefined) {
        throw new StackError(
          `A stack is running on ${dir} already (process ${owner}): stop it first, or set QUADRILLE_DIR to another folder.`,
        );
      }
      rmSync(file, { force: true });
    }
  }
  throw new StackError(`${file} cannot be taken: delete it if no stack is running, and try again.`);
};

/** The process that holds the lock, if it lives. */
const readOwner = (file: string): number | undefined => {
  const [pid = '', started = ''] = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : [];
  return isAlive(Number(pid)) && identity(Number(pid)) === started ? Number(pid) : undefined;
};

export const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
};

/** When the process started, where /proc tells it: the pid alone may by now belong to another process. */
const identity = (pid: number): string => {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return '-';
  // The fields after the name, which may hold spaces and brackets.
  return readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '-';
};
