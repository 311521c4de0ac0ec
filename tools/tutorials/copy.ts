import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { patchName } from '@quadrille/stack/examples';
import { generatedFiles } from '@quadrille/stack/generated';
import { copyRepository } from '@quadrille/stack/tree';

/** What a tutorial made of a copy: the files of an example by their places, as they lie in its folder. */
export type Outcome = Readonly<Record<string, string>>;

const gitIn =
  (dir: string) =>
  (...args: string[]): string =>
    execFileSync('git', args, { cwd: dir, encoding: 'utf8', maxBuffer: 64 << 20 });

/** Puts a copy of the repository into an empty folder, which git compares with how it was. */
export const copyForTutorial = (dir: string): void => {
  copyRepository(dir);
  const git = gitIn(dir);
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=tutorial', '-c', 'user.email=tutorial@localhost', 'commit', '--quiet', '--message', 'as it is');
};

/** The times that drizzle-kit writes into the list of migrations are others each time. Here a new migration comes right after those before. */
const withoutDrawnTimes = (before: string, after: string): string => {
  const known = [...before.matchAll(/"when": (\d+)/g)].map(([, when]) => Number(when));
  let last = Math.max(0, ...known);
  return after.replace(/"when": (\d+)/g, (line, when) => (known.includes(Number(when)) ? line : `"when": ${++last}`));
};

const snapshot = /^(.*\/migrations\/meta\/)(\d{4})_snapshot\.json$/;

/** The same for the ids of the states after each migration: they count the migrations. What the repository has keeps its id. */
const withoutDrawnIds = (file: string, content: string, added: readonly string[]): string => {
  const [, folder, number] = snapshot.exec(file) ?? [];
  if (number === undefined) return content;
  const uuid = (count: number) => `00000000-0000-0000-0000-${String(count).padStart(12, '0')}`;
  const isFirst = Number(number) === 0;
  const previous = `${folder}${String(Number(number) - 1).padStart(4, '0')}_snapshot.json`;
  const named = content.replace(/"id": "[^"]+"/, `"id": "${uuid(Number(number) + 1)}"`);
  return isFirst || added.includes(previous)
    ? named.replace(/"prevId": "[^"]+"/, `"prevId": "${uuid(Number(number))}"`)
    : named;
};

const isJournal = (file: string): boolean => file.endsWith('/migrations/meta/_journal.json');

/** What follows from the services, beside the files that `generatedFiles` names: the list of them, the client's types, schemas and the score. */
const derived =
  /^(services\/list\.ts|client\/openapi\.ts|contracts\/schemas\/.+|docs\/(asyncapi|score)\.\w+|ops\/score\/generated\/.+)$/;

/** What was added to the copy and changed in it, without what follows from it: generated files, and the line in the list of services. */
export const outcomeOf = async (dir: string): Promise<Outcome> => {
  const git = gitIn(dir);
  const generated = Object.keys(await generatedFiles());
  git('add', '--all');
  const names = (filter: string) =>
    git('diff', '--cached', '--name-only', `--diff-filter=${filter}`)
      .split('\n')
      .filter((file) => file !== '' && !generated.includes(file) && !derived.test(file));
  const removed = names('D');
  if (removed.length > 0) throw new Error(`A tutorial cannot remove files, and this one removes ${removed.join(', ')}`);
  const changed = names('M');
  for (const file of changed.filter(isJournal)) {
    const journal = readFileSync(join(dir, file), 'utf8');
    writeFileSync(join(dir, file), withoutDrawnTimes(git('show', `HEAD:${file}`), journal));
    git('add', file);
  }
  const patch = changed.length === 0 ? '' : git('diff', '--cached', '--no-color', '--abbrev=12', '--', ...changed);
  const added = names('A');
  const files = added.map((file) => {
    const content = readFileSync(join(dir, file), 'utf8');
    return [file, isJournal(file) ? withoutDrawnTimes('', content) : withoutDrawnIds(file, content, added)];
  });
  return { ...Object.fromEntries(files), ...(patch && { [patchName]: patch }) };
};

/** Puts what came of a tutorial into the folder of its example, in place of what was there. */
export const writeExample = (folder: string, outcome: Outcome): void => {
  rmSync(folder, { recursive: true, force: true });
  for (const [file, content] of Object.entries(outcome)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
};
