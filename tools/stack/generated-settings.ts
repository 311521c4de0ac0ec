import type { Setting } from '@quadrille/process/settings/setting';
import { keyOf } from '@quadrille/process/settings/setting';
import { settingsOfService } from '@quadrille/process/settings/tree';
import { definitionOf, services } from '@quadrille/services';
import { z } from 'zod';
import { allSettings } from './all-settings.ts';
import { code, table } from './markdown.ts';
import { readers } from './readers.ts';

/** runtime/process/generated/service-settings.ts */
export const serviceSettingsFile = (): string => {
  const lines = services.map((name) => {
    const { settings, processSettings } = definitionOf(name);
    const own = Object.values({ ...settings, ...processSettings }).map(
      ({ path, secret }) => `    ${asKey(path.split('.').at(-1) ?? '')}: ${secret},\n`,
    );
    return `  ${asKey(name)}: {${own.length > 0 ? `\n${own.join('')}  ` : ''}},\n`;
  });
  return `// Written by \`npm run generate\`. Do not edit.

/** The settings that manifests of services declare, by their names in quadrille.yaml; true: a secret. */
export const declaredByServices: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
${lines.join('')}};
`;
};

const asKey = (name: string): string => (/^[a-z]\w*$/i.test(name) ? name : `'${name}'`);

/** One row for what all services have: `services.<service>.port`. */
const inGeneral = (setting: Setting): { readonly path: string; readonly env: string } => {
  const { path, env } = setting;
  const service = services.find((name) => Object.values(settingsOfService(name)).some((each) => each.path === path));
  if (!service) return { path: keyOf(setting), env };
  const prefix = new RegExp(`^${service.toUpperCase()}_`);
  return {
    path: keyOf(setting).replace(`services.${service}.`, 'services.<service>.'),
    env: env.replace(prefix, '<SERVICE>_'),
  };
};

const standardOf = ({ standard, standardInDevelopment, without }: Setting): string => {
  if (standard === undefined) return without ?? 'needed';
  return standardInDevelopment === undefined
    ? code(standard)
    : `${code(standard)}; ${code(standardInDevelopment)} if \`NODE_ENV\` is \`development\``;
};

const readersInWords = (names: readonly string[]): string => {
  const processes = Object.keys(readers).filter((name) => name !== 'ops');
  if (processes.every((name) => names.includes(name)))
    return ['every process', ...names.filter((name) => !processes.includes(name))].join(', ');
  if (!services.every((name) => names.includes(name))) return names.join(', ');
  return ['every service', ...names.filter((name) => !(services as readonly string[]).includes(name))].join(', ');
};

/** The table of docs/settings.md: a row for each setting, variable and default, with the processes that read it so. */
export const settingsTable = (): string => {
  const rows = Object.entries(readers).flatMap(([reader, settings]) =>
    settings.map((setting) => {
      const { path, env } = inGeneral(setting);
      const cells = { path: code(path), env: code(env), standard: standardOf(setting), says: setting.says };
      return { reader, place: placeOf(setting), cells, key: JSON.stringify(cells) };
    }),
  );
  const grouped = [...Map.groupBy(rows, ({ key }) => key).values()].flatMap((same) => {
    const [first] = same.toSorted((one, other) => one.place - other.place);
    return first ? [{ ...first, names: [...new Set(same.map(({ reader }) => reader))] }] : [];
  });
  return table(
    ['in `quadrille.yaml`', 'variable', 'read by', 'default', 'what it says'],
    grouped
      .toSorted((one, other) => one.place - other.place)
      .map(({ cells: { path, env, standard, says }, names }) => [path, env, readersInWords(names), standard, says]),
  );
};

const placeOf = ({ path }: Setting): number => allSettings.findIndex((each) => each.path === path);

type JsonSchema = { readonly [keyword: string]: unknown };
type Folder = { readonly [name: string]: Folder | JsonSchema };

const schemaOf = ({ type, says, secret, standard }: Setting): JsonSchema => {
  if (secret) return { description: `The file that holds it. ${says}`, type: 'string' };
  const { $schema: _, ...shape } = z.toJSONSchema(type, { io: 'input', target: 'draft-7' });
  return {
    description: says,
    ...shape,
    ...(standard !== undefined && { default: /^\d+$/.test(standard) ? Number(standard) : standard }),
  };
};

const objectOf = (settings: readonly Setting[], depth: number): JsonSchema => {
  const byName = Map.groupBy(settings, (setting) => keyOf(setting).split('.')[depth] ?? '');
  const properties: Folder = Object.fromEntries(
    [...byName].map(([name, below]) => {
      const [only] = below;
      return [
        name,
        only && below.length === 1 && keyOf(only).split('.').length === depth + 1
          ? schemaOf(only)
          : objectOf(below, depth + 1),
      ];
    }),
  );
  // A group may stand there with nothing below it.
  return { type: depth === 0 ? 'object' : ['object', 'null'], additionalProperties: false, properties };
};

/** docs/quadrille.schema.json: what editors complete and check a quadrille.yaml by. */
export const settingsSchema = (): string =>
  `${JSON.stringify(
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'quadrille.yaml',
      description: 'The settings of Quadrille. Written by `npm run generate`.',
      ...objectOf(allSettings, 0),
    },
    null,
    2,
  )}\n`;
