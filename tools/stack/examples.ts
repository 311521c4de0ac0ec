import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, StackError, UsageError } from '@quadrille/process/errors';
import { root } from './root.ts';
import { withService } from './service-list.ts';
import { copyRepository } from './tree.ts';

const folder = join(root, 'examples');

/** The services that can join the saga on demand. Each lies in its folder as its files would in the repository. */
export const exampleNames = (): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))
    : [];

export const exampleFolder = (name: string): string => join(folder, name);

/** What an example changes in files that are there already. */
export const patchName = 'changes.patch';

/**
 * The examples that the arguments of npm start name, and the arguments without them.
 * @throws UsageError when there is no such example
 */
export const takeExamples = (args: readonly string[]): { names: readonly string[]; rest: string[] } => {
  const { tokens } = parseArgs({
    args: [...args],
    options: { with: { type: 'string' } },
    strict: false,
    tokens: true,
  });
  const given = tokens.flatMap((token) => (token.kind === 'option' && token.name === 'with' ? token : []));
  const known = exampleNames();
  const names = new Set(given.flatMap(({ value }) => (value ?? '').split(',').map((name) => name.trim())));
  for (const name of names)
    if (!known.includes(name))
      throw new UsageError(
        `There is no example "${name}": --with takes ${known.join(', ')}, with commas between them.`,
      );
  const taken = given.flatMap(({ index, inlineValue }) => (inlineValue ? [index] : [index, index + 1]));
  return { names: [...names].sort(), rest: args.filter((_, index) => !taken.includes(index)) };
};

/** Where the copy with these examples is, in the data folder of the stack. */
export const copyWith = (dataFolder: string, names: readonly string[]): string =>
  join(dataFolder, 'with', names.join('+'));

/** Makes a copy of the repository with the examples in it. What was in the folder is gone. */
export const layExamples = (names: readonly string[], dir: string): void => {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  copyRepository(dir);
  for (const name of names) layExample(name, exampleFolder(name), dir);
  const node = join(dir, 'node_modules', '.bin', 'node');
  run(node, ['tools/stack/generate.ts'], dir, 'What follows from the services could not be generated');
};

/** Lays the files of an example over a copy of the repository. @throws StackError when its patch does not fit */
export const layExample = (name: string, files: string, dir: string): void => {
  cpSync(files, dir, { recursive: true, filter: (file) => !file.endsWith(patchName) });
  const patch = join(files, patchName);
  if (existsSync(patch))
    run('git', ['apply', patch], dir, `The example ${name} does not fit the repository or another example any more`);
  const list = join(dir, 'services', 'list.ts');
  writeFileSync(list, withService(readFileSync(list, 'utf8'), name));
};

const run = (command: string, args: string[], dir: string, otherwise: string): void => {
  // The copy may lie in the repository, which is none of its business.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(dir) };
  try {
    execFileSync(command, args, { cwd: dir, env, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    throw new StackError(`${otherwise}: ${messageOf(cause)}`, { cause });
  }
};
