import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asAdmin } from '@quadrille/db/grants';
import { messageOf, StackError } from '@quadrille/process/errors';
import { type Daemon, type Exit, failure, isPortTaken, rotateLog, startDaemon, started, stopDaemon } from './child.ts';
import { PortTakenError } from './errors.ts';
import { candidatePort, until } from './ports.ts';

export type DatabaseKind = 'mariadb' | 'mysql';

/** What the stack needs to know of a database server, whichever it is. */
export type DatabaseServer = {
  /** mysql:// with a user that may do everything. */
  url: string;
  pid: number;
  logFile: string;
  exited: Promise<Exit>;
  stop(): Promise<void>;
};

/** How MariaDB and MySQL differ, to those who start them. */
export type DatabaseProgram = {
  name: string;
  command: string;
  /** Before all others. */
  args: readonly string[];
  /** Without a port it does not listen. */
  optionFile(settings: { data: string; temporary: string; port?: number }): string;
  /** Makes a data folder, out of SQL on stdin that also makes root@127.0.0.1 with the password. */
  create: { args: readonly string[]; sql(password: string): string };
  /** What the other's data folder has in it, and its own has not. */
  foreignFile: string;
};

const startTimeoutMs = 90_000;
// A clean shutdown writes what is dirty in the buffer pool: that may take a while after a long bench.
const stopGraceMs = 30_000;
const env = { PATH: '/usr/bin:/bin', TZ: 'UTC' };

type Options = {
  /** The private folder with data, log and password. */
  dir: string;
  /** This one and no other; without it, the port of the time before or any. */
  port?: number;
  log(line: string): void;
};

/**
 * One server on 127.0.0.1 only, whose one administrator has a random password that never leaves the folder.
 * @throws PortTakenError when `port` is taken
 */
export const startDatabase = async (
  program: DatabaseProgram,
  { dir, port: wanted, log }: Options,
): Promise<DatabaseServer> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const data = join(dir, 'data');
  if (existsSync(join(data, program.foreignFile))) {
    throw new StackError(
      `${data} was made by another kind of database than ${program.name}: begin anew (npm start -- --fresh), or set QUADRILLE_DIR to another folder.`,
    );
  }
  const logFile = join(dir, 'database.log');
  const portFile = join(dir, 'port');
  const before = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : undefined;
  if (!existsSync(data)) {
    rotateLog(logFile);
    log(`creating the files of ${program.name}`);
    await create(program, { dir, data, logFile });
  }
  for (let port = wanted ?? before ?? (await candidatePort()); ; port = await candidatePort()) {
    try {
      const server = await startOn(port, program, { dir, data, logFile });
      writeFileSync(portFile, String(port));
      return server;
    } catch (error) {
      if (!(error instanceof PortTakenError) || wanted !== undefined) throw error;
      log(`port ${port} is taken; trying another for ${program.name}`);
    }
  }
};

const startOn = async (
  port: number,
  program: DatabaseProgram,
  { dir, data, logFile }: { dir: string; data: string; logFile: string },
): Promise<DatabaseServer> => {
  const config = join(dir, 'my.cnf');
  rotateLog(logFile);
  writeFileSync(config, program.optionFile({ data, temporary: temporaryFolder(dir), port }), { mode: 0o600 });
  const daemon = await startDaemon({
    command: program.command,
    args: [...program.args, `--defaults-file=${config}`],
    env,
    cwd: dir,
    logFile,
  });
  const url = `mysql://root:${readFileSync(passwordFile(dir), 'utf8')}@127.0.0.1:${port}`;
  await waitUntilReady(program.name, daemon, { url, port, logFile });
  return {
    url,
    pid: daemon.pid,
    logFile,
    exited: daemon.exited,
    stop: async () => void (await stopDaemon(daemon, stopGraceMs)),
  };
};

const temporaryFolder = (dir: string): string => {
  const folder = join(dir, 'tmp');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};

/** Fills a new data folder, beside its place: half of one must never be taken for a whole one. */
const create = async (program: DatabaseProgram, folders: { dir: string; data: string; logFile: string }) => {
  const { dir, data, logFile } = folders;
  const { name, command, args } = program;
  const making = `${data}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  const config = join(dir, 'create.cnf');
  writeFileSync(config, program.optionFile({ data: making, temporary: temporaryFolder(dir) }), { mode: 0o600 });
  // On stdin, so that the password is on no command line; as a file, because MySQL opens /dev/stdin anew, which no socket allows.
  const sql = join(dir, 'create.sql');
  writeFileSync(sql, program.create.sql(newPassword(dir)), { mode: 0o600 });
  const stdin = openSync(sql, 'r');
  const output = openSync(logFile, 'a', 0o600);
  const child = spawn(command, [...args, `--defaults-file=${config}`, ...program.create.args], {
    stdio: [stdin, output, output],
    env,
    cwd: dir,
    detached: true,
  });
  closeSync(stdin);
  closeSync(output);
  const { exited } = await started(child, command);
  const { code } = await exited;
  rmSync(sql);
  if (code !== 0) throw failure(`${name} could not create its files`, logFile);
  rmSync(config);
  renameSync(making, data);
};

const passwordFile = (dir: string): string => {
  return join(dir, 'root-password');
};

const newPassword = (dir: string): string => {
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile(dir), password, { mode: 0o600 });
  return password;
};

const waitUntilReady = async (
  name: string,
  daemon: Daemon,
  { url, port, logFile }: { url: string; port: number; logFile: string },
): Promise<void> => {
  const gone = new AbortController();
  void daemon.exited.then(() => gone.abort(new Error('it ended')));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(startTimeoutMs)]);
  try {
    // Its own word that it has the port: one that has not says "another server running on port".
    const isBound = new RegExp(`socket: '[^']*' +port: ${port}\\b`);
    await until(() => isBound.test(readFileSync(logFile, 'utf8')), signal);
    // A server that takes the random password of our folder is ours.
    await asAdmin(url, (admin) => admin.query('SELECT 1'));
  } catch (error) {
    await stopDaemon(daemon, 0);
    if (isPortTaken(logFile)) throw new PortTakenError(`${name} did not start: port ${port} is taken; see ${logFile}.`);
    throw failure(`${name} did not start (${messageOf(error)})`, logFile);
  }
};
