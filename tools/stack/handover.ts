import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { root } from './root.ts';
import { readStackFile } from './stack-file.ts';

/** The folder whose code the stack on the data folder runs: this repository, or its copy with examples. */
export const rootOfStack = (dataFolder: string): string => readStackFile(dataFolder)?.root ?? root;

/** Runs a command in a copy of the repository, in place of this process, on the same data folder. @returns its exit code */
export const runInCopy = async (
  copy: string,
  script: string,
  args: readonly string[],
  dataFolder: string,
): Promise<number> => {
  // The channel carries no message: it closes when this process dies, however it dies, and so tells the child.
  const child = spawn(join(copy, 'node_modules', '.bin', 'node'), [script, ...args], {
    cwd: copy,
    env: { ...process.env, QUADRILLE_DIR: dataFolder },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  if (process.channel) process.on('disconnect', () => child.kill('SIGTERM'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal ? 128 + constants.signals[signal] : (code ?? 1);
};
