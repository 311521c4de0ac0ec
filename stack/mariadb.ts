import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, failure, rotateLog, startDaemon, started, stopDaemon } from './child.ts';
import { messageOf } from './errors.ts';
import { bootstrapSql, optionFile } from './mariadb-config.ts';
import { canConnect, pickPort, until } from './ports.ts';

/** What the stack needs to know of a database server, whichever it is. */
export type DatabaseServer = {
  kind: 'mariadb';
  /** mysql:// with a user that may do everything. */
  url: string;
  pid: number;
  logFile: string;
  stop(): Promise<void>;
};

type MariadbOptions = {
  /** The folder with bin/mariadbd and share/. */
  home: string;
  /** The private data folder. */
  dir: string;
  port?: number;
  log(line: string): void;
};

const startTimeoutMs = 90_000;
// A clean shutdown writes what is dirty in the buffer pool: that may take a while after a long bench.
const stopGraceMs = 30_000;
const env = { PATH: '/usr/bin:/bin', TZ: 'UTC' };

/** One MariaDB on 127.0.0.1 only, whose one administrator has a random password that never leaves the data folder. */
export async function startMariadb(options: MariadbOptions): Promise<DatabaseServer> {
  const { home, dir } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const data = join(dir, 'data');
  const logFile = join(dir, 'mariadb.log');
  const config = join(dir, 'my.cnf');
  const portFile = join(dir, 'port');
  const before = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : undefined;
  const port = await pickPort(options.port ?? before);
  writeFileSync(portFile, String(port));
  rotateLog(logFile);

  if (!existsSync(data)) {
    options.log('creating the database files');
    await bootstrap({ home, dir, data, logFile });
  }
  writeFileSync(config, optionFile({ home, data, port }), { mode: 0o600 });
  const daemon = await startDaemon({
    command: join(home, 'bin/mariadbd'),
    args: [`--defaults-file=${config}`],
    env,
    cwd: dir,
    logFile,
  });
  await waitUntilReady(daemon, port, logFile);
  return {
    kind: 'mariadb',
    url: `mysql://root:${readPassword(dir)}@127.0.0.1:${port}`,
    pid: daemon.pid,
    logFile,
    stop: async () => void (await stopDaemon(daemon, stopGraceMs)),
  };
}

type Folders = { home: string; dir: string; data: string; logFile: string };

/** Fills a new data folder, beside its place: half of one must never be taken for a whole one. */
async function bootstrap({ home, dir, data, logFile }: Folders): Promise<void> {
  const making = `${data}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  const config = join(dir, 'bootstrap.cnf');
  writeFileSync(config, optionFile({ home, data: making }), { mode: 0o600 });
  const fd = openSync(logFile, 'a', 0o600);
  const command = join(home, 'bin/mariadbd');
  const child = spawn(command, [`--defaults-file=${config}`, '--bootstrap', '--skip-log-bin'], {
    stdio: ['pipe', fd, fd],
    env,
    cwd: dir,
    detached: true,
  });
  closeSync(fd);
  // A server that gives up early closes its end of the pipe; its exit code says so better than EPIPE.
  child.stdin?.on('error', () => {});
  const { exited } = await started(child, command);
  // Through stdin, so that the password is on no command line.
  child.stdin?.end(bootstrapSql(home, newPassword(dir)));
  const { code } = await exited;
  if (code !== 0) throw failure('MariaDB could not create its files', logFile);
  rmSync(config);
  renameSync(making, data);
}

function passwordFile(dir: string): string {
  return join(dir, 'root-password');
}

function newPassword(dir: string): string {
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile(dir), password, { mode: 0o600 });
  return password;
}

function readPassword(dir: string): string {
  return readFileSync(passwordFile(dir), 'utf8');
}

async function waitUntilReady(daemon: Daemon, port: number, logFile: string): Promise<void> {
  const gone = new AbortController();
  void daemon.exited.then(() => gone.abort(new Error('it ended')));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(startTimeoutMs)]);
  try {
    await until(() => readFileSync(logFile, 'utf8').includes('ready for connections'), signal);
    await until(() => canConnect('127.0.0.1', port), signal);
  } catch (error) {
    await stopDaemon(daemon, 0);
    throw failure(`MariaDB did not start (${messageOf(error)})`, logFile);
  }
}
