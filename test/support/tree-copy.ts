import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '@quadrille/stack/root';

/** A copy of the repository as git would show it, with the packages that are installed here. */
export type TreeCopy = {
  readonly dir: string;
  readonly edit: (file: string, change: (content: string) => string) => void;
  /** The files that are not as in the repository, sorted. */
  readonly changed: () => string[];
  /** Runs a script of the copy. @returns what it wrote @throws with what it wrote, when it fails */
  readonly run: (script: string, ...args: string[]) => string;
  readonly remove: () => void;
};

const filesOf = (dir: string): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: dir, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);

/** Links to the packages that are installed here; those of ours lead to the copy. */
const linkPackages = (dir: string, folder: string): void => {
  mkdirSync(join(dir, folder, '@quadrille'), { recursive: true });
  for (const name of readdirSync(join(root, folder)))
    if (name !== '@quadrille' && !name.startsWith('.v') && name !== '.cache')
      symlinkSync(join(root, folder, name), join(dir, folder, name));
  for (const name of readdirSync(join(root, folder, '@quadrille')))
    symlinkSync(readlinkSync(join(root, folder, '@quadrille', name)), join(dir, folder, '@quadrille', name));
};

export const copyTree = (): TreeCopy => {
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-copy-'));
  for (const file of filesOf(root)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    cpSync(join(root, file), join(dir, file));
  }
  linkPackages(dir, 'node_modules');
  symlinkSync(join(root, 'client', 'node_modules'), join(dir, 'client', 'node_modules'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, encoding: 'utf8' });
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message', 'as it is');
  return {
    dir,
    edit: (file, change) => writeFileSync(join(dir, file), change(readFileSync(join(dir, file), 'utf8'))),
    changed: () => {
      git('add', '--all');
      return git('diff', '--cached', '--name-only').split('\n').filter(Boolean).sort();
    },
    run: (script, ...args) => {
      try {
        return execFileSync(join(dir, 'node_modules', '.bin', 'node'), [script, ...args], {
          cwd: dir,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
          maxBuffer: 64 << 20,
        });
      } catch (error) {
        const { stdout, stderr } = error as { stdout?: string; stderr?: string };
        throw new Error(`${script} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};
