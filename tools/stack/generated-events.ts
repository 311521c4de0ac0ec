import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Declared } from '@quadrille/contracts/event';
import type { AnyDefinition } from '@quadrille/contracts/versions';

/** A file of events, and what its service publishes. */
export type EventModule = {
  readonly name: string;
  readonly events: readonly AnyDefinition[];
};

/** How many steps of the saga come before an event. */
export const depthOf = ({ role }: Declared): number =>
  role.kind === 'forward' && role.after ? depthOf(role.after) + 1 : 0;

/** Those without a step come last. */
const firstStep = ({ events }: EventModule): number =>
  Math.min(
    ...events.flatMap((event) => (event.role.kind === 'forward' ? depthOf(event) : [])),
    Number.MAX_SAFE_INTEGER,
  );

/** All files `*-events.ts` of a folder, in the order of the saga. */
export const readEventModules = async (folder: string): Promise<readonly EventModule[]> => {
  const files = readdirSync(folder).filter((file) => file.endsWith('-events.ts'));
  const modules = await Promise.all(
    files.sort().map(async (file): Promise<EventModule> => {
      const exported: Readonly<Record<string, EventModule['events'][number]>> = await import(
        pathToFileURL(join(folder, file)).href
      );
      return { name: file.replace('.ts', ''), events: Object.values(exported) };
    }),
  );
  return modules.sort((one, other) => firstStep(one) - firstStep(other));
};

const head = '// Written by `npm run generate`. Do not edit.\n';
const variable = (name: string): string => name.replace(/-./g, ([, letter = '']) => letter.toUpperCase());

/** A constant that is a list, as biome would format it: on one line if that is not too long. */
const constant = (name: string, items: readonly string[]): string => {
  const line = `export const ${name} = [${items.join(', ')}] as const;`;
  return line.length <= 120
    ? line
    : `export const ${name} = [\n${items.map((item) => `  ${item},\n`).join('')}] as const;`;
};

/** contracts/generated/events.ts */
export const eventsFile = (modules: readonly EventModule[]): string => {
  const names = modules.map(({ name }) => name);
  const imports = [...names].sort().map((name) => `import * as ${variable(name)} from '../${name}.ts';`);
  return `${head}${imports.join('\n')}

/** The files of events, in the order of the saga. */
${constant('modules', names.map(variable))}
`;
};

/** contracts/generated/publishers.ts */
export const publishersFile = (modules: readonly EventModule[]): string => {
  const events = modules.flatMap((module) => module.events);
  const listOf = (name: string, some: readonly Declared[]) =>
    constant(name, [...new Set(some.map(({ publisher }) => `'${publisher}'`))]);
  return `${head}
/** The services that publish events, in the order of the saga. */
${listOf('publishers', events)}

/** Those that have something to undo when an order is cancelled. */
${listOf(
  'compensators',
  events.filter(({ role }) => role.kind === 'compensation'),
)}
`;
};
