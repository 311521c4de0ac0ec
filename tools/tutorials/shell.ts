import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

export type Place = { readonly dir: string; readonly env: NodeJS.ProcessEnv };

/** A terminal in which commands are given one after the other: variables and functions of one are there in the next. */
export type Shell = {
  /** @returns what the command printed @throws with what it printed, when it fails */
  readonly run: (command: string) => Promise<string>;
  readonly close: () => void;
};

export const openShell = ({ dir, env }: Place, work: string): Shell => {
  const bash = spawn('bash', { cwd: dir, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ends = createInterface({ input: bash.stdout })[Symbol.asyncIterator]();
  const [script, output] = [join(work, 'command.sh'), join(work, 'output.txt')];
  return {
    run: async (command) => {
      writeFileSync(script, `set -eu -o pipefail\n${command}`);
      bash.stdin.write(`. ${script} </dev/null >${output} 2>&1; echo done\n`);
      const { done } = await ends.next();
      const printed = stripVTControlCharacters(readFileSync(output, 'utf8'));
      if (done) throw new Error(`It failed:\n${printed}`);
      return printed;
    },
    close: () => bash.stdin.end(),
  };
};

/** A command that goes on in a terminal of its own, once it has said that it is ready. */
export type Running = { readonly stop: () => Promise<void> };

const ready = /Ready after/;

/** @throws with what it printed, when it ends before it is ready */
export const startInBackground = async ({ dir, env }: Place, command: string): Promise<Running> => {
  // A process group of its own, for Ctrl-C.
  const child = spawn('bash', ['-c', command], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const exited = once(child, 'exit');
  await waitUntilReady(child, exited);
  return {
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGINT');
      await exited;
    },
  };
};

const waitUntilReady = async (child: ChildProcess, exited: Promise<unknown>): Promise<void> => {
  let printed = '';
  const isReady = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        printed += data.toString();
        if (ready.test(printed)) resolve();
      });
  });
  const ended = exited.then(() => {
    throw new Error(`It ended before it was ready:\n${printed}`);
  });
  await Promise.race([isReady, ended]);
  ended.catch(() => {});
};
