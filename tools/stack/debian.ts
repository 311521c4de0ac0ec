import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, StackError } from '@quadrille/process/errors';
import { aptConfig, debianMirror } from './apt-config.ts';
import { started } from './child.ts';

const run = promisify(execFile);
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

type Wanted = {
  /** What is fetched, for people. */
  what: string;
  suite: string;
  /** As apt-get takes them: `name`, or `name=1.2.*`. */
  packages: string[];
  /** Packages that the machine's own take the place of, whatever asked for them. */
  except?: string[];
  /** A folder for what is needed on the way. */
  work: string;
  /** Gets `root`, the unpacked packages, and `packages`, a list of them with their versions. */
  made: string;
  onProgress(state: string): void;
};

/**
 * Downloads packages of Debian with all that they depend on, and unpacks them into a folder. Nothing is installed: that needs no root,
 * and the machine's own packages stay as they are. apt checks Debian's signature.
 */
export async function unpackDebian(wanted: Wanted): Promise<void> {
  const { what, suite, packages, except = [], work, made, onProgress } = wanted;
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new StackError(`${what} ${elsewhere}`);
  if (!existsSync(keyring)) {
    throw new StackError(
      `${what} comes from Debian, whose keys are not on this machine: install them (apt-get install debian-archive-keyring).`,
    );
  }
  const mirror = debianMirror();
  const apt = join(work, 'apt');
  await mkdir(join(apt, 'lists/partial'), { recursive: true });
  await mkdir(join(apt, 'archives/partial'), { recursive: true });
  // An empty list of what is installed: every library comes along, and the machine's own versions are no matter.
  await writeFile(join(apt, 'status'), '');
  await writeFile(join(apt, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  const config = join(work, 'apt.conf');
  await writeFile(config, aptConfig(apt, await machineConfig(what)));

  const aptGet = (args: string[]) => runApt({ what, mirror, args, config, onProgress });
  onProgress('reading the list of packages');
  await aptGet(['update']);
  await aptGet(['--yes', '--download-only', 'install', ...packages]);
  await unpack(join(apt, 'archives'), except, made, onProgress);
}

const elsewhere = 'comes as packages of Debian for x64: run this on Debian, or on something made of it, on x64.';

/** The machine's own settings of apt: its proxy may be among them. */
async function machineConfig(what: string): Promise<string> {
  try {
    return (await run('apt-config', ['dump'])).stdout;
  } catch (cause) {
    throw new StackError(`There is no working apt on this machine, and ${what} ${elsewhere}`, { cause });
  }
}

type AptRun = { what: string; mirror: string; args: string[]; config: string; onProgress(state: string): void };

const runApt = async ({ what, mirror, args, config, onProgress }: AptRun): Promise<void> => {
  const { PATH, HOME, http_proxy, https_proxy, no_proxy } = process.env;
  const child = spawn('apt-get', ['-q', '-o', 'APT::Status-Fd=3', ...args], {
    env: { PATH, HOME, http_proxy, https_proxy, no_proxy, LC_ALL: 'C.UTF-8', APT_CONFIG: config },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => said.push(chunk));
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    const state = downloadState(chunk.toString());
    if (state) onProgress(state);
  });
  const { exited } = await started(child, 'apt-get');
  const { code } = await exited;
  if (code !== 0) throw aptError(what, mirror, said.join(''));
};

/** Turns the last status line of apt into "file 4 of 55, 12 %". */
export const downloadState = (chunk: string): string | undefined => {
  const last = [...chunk.matchAll(/^dlstatus:\d+:([\d.]+):Retrieving file (\d+ of \d+)/gm)].at(-1);
  return last && `file ${last[2]}, ${Math.floor(Number(last[1]))} %`;
};

export const aptError = (what: string, mirror: string, output: string): StackError => {
  if (/no space left on device|enough free space/i.test(output)) {
    return new StackError(
      `${what} could not be downloaded because the disk is full: make room, or choose another folder with QUADRILLE_CACHE.`,
    );
  }
  const [, missing] = /E: Version '([^']*)' for '[^']*' was not found/.exec(output) ?? [];
  if (missing !== undefined) {
    return new StackError(
      `${what} is at ${mirror} no more, a newer version has taken its place: change tools/stack/versions.ts.`,
    );
  }
  const reason = /^E: (.*)/m.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? '';
  return /resolv|connect|fetch|time[d ]*out|network|404|release file/i.test(reason)
    ? new StackError(
        `${what} could not be downloaded because ${mirror} is out of reach: check the network (or the mirror and proxy in /etc/apt) and try again.`,
      )
    : new StackError(`${what} could not be downloaded: ${reason.slice(0, 300)}`);
};

async function unpack(archives: string, except: string[], made: string, onProgress: (state: string) => void) {
  const root = join(made, 'root');
  await mkdir(root, { recursive: true });
  const all = (await readdir(archives)).filter((name) => name.endsWith('.deb')).sort();
  const used = all.filter((name) => !except.includes(name.slice(0, name.indexOf('_'))));
  for (const [index, name] of used.entries()) {
    onProgress(`unpacking ${index + 1} of ${used.length}`);
    try {
      await run('dpkg-deb', ['--extract', join(archives, name), root]);
    } catch (error) {
      // Its exit code says nothing; the last line of its message does.
      const text = codeOf(error) === 'ENOENT' ? 'there is no dpkg-deb on this machine' : String(error);
      const full = /no space left/i.test(text);
      throw new StackError(
        full
          ? `The disk is full, and ${basename(name)} could not be unpacked: make room, or choose another folder with QUADRILLE_CACHE.`
          : `${basename(name)} could not be unpacked (${text.trim().split('\n').at(-1)}): install dpkg, or delete what is broken and try again.`,
      );
    }
    await rm(join(archives, name));
  }
  for (const unread of ['doc', 'man', 'info', 'locale'])
    await rm(join(root, 'usr/share', unread), { recursive: true, force: true });
  await writeFile(join(made, 'packages'), `${used.join('\n')}\n`);
}
