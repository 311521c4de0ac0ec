import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheFolder } from '@quadrille/stack/cache';
import { candidatePort } from '@quadrille/stack/ports';
import { root } from '@quadrille/stack/root';
import type { StackFile } from '@quadrille/stack/stack-file';

/** A version of the code, where it is checked out. */
export type Version = { readonly name: string; readonly folder: string };

export const thisVersion: Version = { name: 'this', folder: root };

/** A system of one version, started by its own `npm start` on a data folder of its own. */
export type System = {
  readonly version: Version;
  /** http://host:port */
  readonly gateway: string;
  /** Of the administrator. */
  readonly mysqlUrl: string;
  /** Its data folder. */
  readonly dir: string;
  /** How long its start took, by its own word (s). */
  readonly startedIn: number;
  /** All processes and servers by name. They change when one is started again. */
  readonly pids: () => Readonly<Record<string, number>>;
  /** Whether all services agree, by its own check; else what it says. */
  readonly check: () => { readonly consistent: boolean; readonly output: string };
  readonly stop: () => Promise<void>;
};

/** The code of a commit in a worktree that is kept in the cache, so that its packages are installed once. */
export const versionOf = (commit: string): Version => {
  const name = execFileSync('git', ['rev-parse', '--short', `${commit}^{commit}`], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
  const folder = join(cacheFolder(), 'versions', name);
  if (!existsSync(folder)) {
    mkdirSync(join(cacheFolder(), 'versions'), { recursive: true });
    execFileSync('git', ['worktree', 'add', '--force', '--detach', folder, name], { cwd: root, stdio: 'ignore' });
  }
  return { name, folder };
};

const longestStart = 300_000;

/** @param again a data folder that was used before: a second start */
export const startSystem = async (version: Version, again?: string): Promise<System> => {
  const dir = again ?? mkdtempSync(join(tmpdir(), 'quadrille-bench-'));
  const output = join(dir, 'start.log');
  const log = openSync(output, 'w');
  const { NODE_ENV: _, ...env } = process.env;
  const child = spawn('npm', ['start', '--', '--quiet', '--without', 'console'], {
    cwd: version.folder,
    env: { ...env, QUADRILLE_CONFIG: devNull, QUADRILLE_DIR: dir, GATEWAY_PORT: String(await candidatePort()) },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const startedIn = await untilReady(child, output);
  const read = () => JSON.parse(readFileSync(join(dir, 'stack.json'), 'utf8')) as StackFile;
  const { ports, mysqlUrl } = read();
  return {
    version,
    gateway: `http://127.0.0.1:${ports.gateway}`,
    mysqlUrl,
    dir,
    startedIn,
    pids: () => {
      const { pids, serverPids } = read();
      return { ...pids, ...serverPids };
    },
    check: () => {
      // The former name of `verify` is known to all versions.
      const [command, args] = ['npm', ['run', '-s', 'ops', '--', 'audit']] as const;
      try {
        const options = { cwd: version.folder, env: { ...env, QUADRILLE_DIR: dir }, encoding: 'utf8' } as const;
        return {
          consistent: true,
          output: execFileSync(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }),
        };
      } catch (error) {
        return { consistent: false, output: String((error as { stdout?: string }).stdout) };
      }
    },
    stop: async () => {
      if (child.exitCode === null) {
        process.kill(-Number(child.pid), 'SIGINT');
        await once(child, 'exit');
      }
    },
  };
};

export const removeData = ({ dir }: System): void => rmSync(dir, { recursive: true, force: true });

/** @returns how long the start took (s) */
const untilReady = async (child: ChildProcess, output: string): Promise<number> => {
  const end = Date.now() + longestStart;
  for (;;) {
    const text = readFileSync(output, 'utf8');
    const [, seconds] = /Ready after ([\d.]+) s/.exec(text) ?? [];
    if (seconds !== undefined) return Number(seconds);
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`npm start in ${child.spawnargs.join(' ')} did not get ready:\n${text.slice(-2_000)}`);
    await delay(100);
  }
};
