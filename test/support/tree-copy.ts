import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyRepository } from '@quadrille/stack/tree';

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

export const copyTree = (): TreeCopy => {
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-copy-'));
  copyRepository(dir);
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
