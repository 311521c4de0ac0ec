import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, StackError } from '@quadrille/process/errors';
import { root } from './root.ts';

/** The files of the repository as git would show them: no others belong to it. */
const filesOfRepository = (): readonly string[] => {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  try {
    const files = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return files.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  } catch (cause) {
    throw new StackError(
      `git cannot say which files belong to ${root} (${messageOf(cause)}): install git, and work in a clone.`,
      { cause },
    );
  }
};

/** Links to the packages that are installed here; those of ours lead to the copy. */
const linkPackages = (dir: string, folder: string): void => {
  mkdirSync(join(dir, folder, '@quadrille'), { recursive: true });
  for (const name of readdirSync(join(root, folder)))
    if (name !== '@quadrille' && !name.startsWith('.v') && name !== '.cache')
      symlinkSync(join(root, folder, name), join(dir, folder, name));
  for (const name of readdirSync(join(root, folder, '@quadrille')))
    symlinkSync(readlinkSync(join(root, folder, '@quadrille', name)), join(dir, folder, '@quadrille', name));
};

/** Puts a copy of the repository into an empty folder, with the packages that are installed here. */
export const copyRepository = (dir: string): void => {
  for (const file of filesOfRepository()) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    cpSync(join(root, file), join(dir, file));
  }
  linkPackages(dir, 'node_modules');
  // Packages of which a folder needs another version than the others.
  for (const folder of ['client', 'console', 'ops'].filter((name) => existsSync(join(root, name, 'node_modules'))))
    symlinkSync(join(root, folder, 'node_modules'), join(dir, folder, 'node_modules'));
};
