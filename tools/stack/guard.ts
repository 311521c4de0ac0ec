import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

// One guard for all children of this process: it sees our end of the pipe close even after a kill -9.
let pipe: Writable | undefined;

function tell(line: string): void {
  if (!pipe) {
    const guard = spawn(process.execPath, [fileURLToPath(new URL('guard.mjs', import.meta.url))], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true, // not in our process group: Ctrl-C is not for the guard
      env: {},
    });
    guard.unref();
    guard.on('error', () => {});
    // A pipe of a child is a socket: it must not keep this process alive when everything else is done.
    const { stdin } = guard;
    stdin.on('error', () => {});
    if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
    pipe = stdin;
  }
  pipe.write(`${line}\n`);
}

/** Has the child stopped should this process die without stopping it. */
export const guardChild = (child: ChildProcess): void => {
  const { pid } = child;
  if (pid === undefined) return;
  tell(`watch ${pid}`);
  child.once('exit', () => tell(`forget ${pid}`));
};

/** Has the folder deleted when this process ends, one way or the other, after everything it started. */
export const guardFolder = (folder: string): void => {
  tell(`remove ${folder}`);
};
