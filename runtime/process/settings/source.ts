import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ConfigFile, readConfigFile } from './file.ts';
import { keyOf, type Setting } from './setting.ts';

/** Where values come from: an environment, and a quadrille.yaml if there is one. `{ env: {} }` has none but the defaults. */
export type Source = { readonly env: NodeJS.ProcessEnv; readonly file?: ConfigFile };

/**
 * The environment, and the file that QUADRILLE_CONFIG names, or `quadrille.yaml` in the working directory, if it is there.
 * @throws SettingsError when the file cannot be read, or is no YAML
 */
export const sourceOf = (env: NodeJS.ProcessEnv = process.env): Source => {
  const here = resolve('quadrille.yaml');
  const place = env.QUADRILLE_CONFIG || (existsSync(here) ? here : undefined);
  return place === undefined ? { env } : { env, file: readConfigFile(resolve(place)) };
};

export type Found = {
  readonly from: 'env' | 'file' | 'yaml' | 'default' | 'nothing';
  readonly raw?: string | readonly string[];
  /** How a message calls what is wrong or missing. */
  readonly called: string;
  /** The file that was to hold it cannot be read. */
  readonly unreadable?: true;
};

/** Finds a value: the environment goes before `NAME_FILE`, that before quadrille.yaml, that before the default. An empty value counts as none. */
export const find = (setting: Setting, { env, file }: Source): Found => {
  const { env: name, path } = setting;
  const value = env[name];
  if (value) return { from: 'env', raw: value, called: `${name} (${path})` };
  const named = env[`${name}_FILE`];
  if (named) return inFile(named, 'file', `${name}_FILE (${path})`);
  const key = keyOf(setting);
  const written = file?.values.get(key);
  if (written !== undefined && written !== '')
    return setting.secret ? inFile(String(written), 'yaml', key) : { from: 'yaml', raw: written, called: key };
  const standard =
    env.NODE_ENV === 'development' ? (setting.standardInDevelopment ?? setting.standard) : setting.standard;
  const called = `${name} (${key} in quadrille.yaml)`;
  return standard === undefined ? { from: 'nothing', called } : { from: 'default', raw: standard, called };
};

const inFile = (place: string, from: 'file' | 'yaml', called: string): Found => {
  try {
    return { from, raw: readFileSync(place, 'utf8').trim(), called };
  } catch {
    return { from, called, unreadable: true };
  }
};
