import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { SettingsError } from './error.ts';
import { type Known, knownSettings } from './known.ts';
import { keyOf } from './setting.ts';

/** A quadrille.yaml that was read. */
export type ConfigFile = {
  readonly place: string;
  /** What it says, by its keys: `gateway.port`, and `system.tokenFile` for a secret. */
  readonly values: ReadonlyMap<string, string | readonly string[]>;
  /** Keys that cannot stand there, each with why. */
  readonly problems: readonly string[];
};

/** @throws SettingsError when it cannot be read, or is no YAML */
export const readConfigFile = (place: string, known: readonly Known[] = knownSettings()): ConfigFile => {
  let text: string;
  try {
    text = readFileSync(place, 'utf8');
  } catch (cause) {
    throw new SettingsError(
      `wrong settings: ${place} cannot be read: QUADRILLE_CONFIG names a file that is there, or nothing`,
      { cause },
    );
  }
  return { place, ...check(parse(text, place), known) };
};

const parse = (text: string, place: string): unknown => {
  // Loaded only where there is a file: it costs a process some 50 ms.
  const yaml = createRequire(import.meta.url)('yaml') as typeof Yaml;
  try {
    return yaml.parse(text, { logLevel: 'error', prettyErrors: false, stringKeys: true });
  } catch (cause) {
    const { message, pos } = cause as Partial<Yaml.YAMLParseError>;
    throw new SettingsError(`wrong settings: ${place} is no YAML: ${placeIn(text, pos?.[0])}${message}`, { cause });
  }
};

const placeIn = (text: string, offset: number | undefined): string => {
  if (offset === undefined) return '';
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: `;
};

type Node = { readonly [key: string]: unknown };
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

/** Goes through a file: what it says, and what cannot stand there. An empty value counts as none. */
const check = (content: unknown, known: readonly Known[]): Pick<ConfigFile, 'values' | 'problems'> => {
  const values = new Map<string, string | readonly string[]>();
  const problems: string[] = [];
  const keys = new Set(known.map(keyOf));
  const secrets = new Set(known.filter(({ secret }) => secret).map(({ path }) => path));
  const isGroup = (path: string) => known.some((each) => each.path.startsWith(`${path}.`));

  const takeValue = (path: string, value: unknown): void => {
    if (isScalar(value)) values.set(path, String(value));
    else if (Array.isArray(value) && value.every(isScalar)) values.set(path, value.map(String));
    else problems.push(`${path}: a value or a list of values, and nothing below them`);
  };
  const takeGroup = (path: string, value: unknown): void => {
    if (!isNode(value)) {
      problems.push(`${path || 'the file'}: holds ${childrenOf(path, keys)}, each with what it is set to`);
      return;
    }
    for (const [name, inner] of Object.entries(value)) {
      const at = path ? `${path}.${name}` : name;
      if (secrets.has(at))
        problems.push(
          `${at}: a secret is not written here: say ${name}File: /run/secrets/... with a file that holds it, or set its variable or NAME_FILE in the environment`,
        );
      else if (!keys.has(at) && !isGroup(at)) problems.push(`${at}: unknown; allowed are ${childrenOf(path, keys)}`);
      else if (inner === null) continue;
      else if (keys.has(at)) takeValue(at, inner);
      else takeGroup(at, inner);
    }
  };
  if (content !== null) takeGroup('', content);
  return { values, problems };
};

/** The names that may stand below a path. */
const childrenOf = (path: string, keys: ReadonlySet<string>): string => {
  const prefix = path ? `${path}.` : '';
  const below = [...keys].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split('.')[0]);
  return [...new Set(below)].join(', ');
};
