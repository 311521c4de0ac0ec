import type { Setting } from '@quadrille/process/settings/setting';
import { entries } from '@quadrille/stack/process-env';
import { readers } from '@quadrille/stack/readers';

/** The processes of the stack, and the one-shot setup of a deployment, by the file that is their main. */
export const mains: Readonly<Record<string, string>> = { ...entries, setup: 'deploy/setup.ts' };

/** What the environment of a process may hold, beside settings. */
const always = ['NODE_ENV', 'QUADRILLE_CONFIG'];

/** The variables that a process reads; true: it does not start without. */
export const variablesOf = (name: string): ReadonlyMap<string, boolean> =>
  new Map([
    ...always.map((each) => [each, false] as const),
    ...((readers as Readonly<Record<string, readonly Setting[]>>)[name]?.map(
      ({ env, standard, without }) => [env, standard === undefined && without === undefined] as const,
    ) ?? []),
  ]);
