import type { z } from 'zod';

/** One setting: how it is called, which values it may have, and what it says. */
export type Setting<Value = unknown> = {
  /** Its place in quadrille.yaml, such as `gateway.port`. */
  readonly path: string;
  /** Its environment variable. */
  readonly env: string;
  readonly type: z.ZodType<Value>;
  /** What it says, in one sentence, for the documents. */
  readonly says: string;
  /** It is never written into quadrille.yaml, which may name a file that holds it. */
  readonly secret: boolean;
  /** The value that it has without another, as one would write it; absent: none. */
  readonly standard?: string;
  /** The same where NODE_ENV is `development`. */
  readonly standardInDevelopment?: string;
  /** It may be left out; in words, what holds then. */
  readonly without?: string;
};

/** Some settings, by the names under which a process knows them. */
export type Settings = { readonly [name: string]: Setting | Settings };

export type ValuesOf<Wanted extends Settings> = {
  readonly [Name in keyof Wanted]: Wanted[Name] extends Setting<infer Value>
    ? Value
    : Wanted[Name] extends Settings
      ? ValuesOf<Wanted[Name]>
      : never;
};

type Declaration<Value> = Omit<Setting<Value>, 'path' | 'secret' | 'without'> & { readonly secret?: true };

/** A setting that a process needs, unless it has a `standard`. Its group gives it its path. */
export const setting = <Value>(declaration: Declaration<Value>): Setting<Value> => ({
  secret: false,
  ...declaration,
  path: '',
});

/** The same setting where it may be left out. @param without what holds then, in words */
export const optional = <Value>(of: Setting<Value>, without = 'none'): Setting<Value | undefined> => ({
  ...of,
  type: of.type.optional(),
  without,
});

/** The same setting for a process that finds it under another name in its environment. */
export const asVariable = <Value>(env: string, of: Setting<Value>): Setting<Value> => ({ ...of, env });

/** Settings that stand together in quadrille.yaml, at this path. */
export const group = <Group extends Readonly<Record<string, Setting>>>(path: string, settings: Group): Group =>
  Object.fromEntries(
    Object.entries(settings).map(([name, each]) => [name, { ...each, path: `${path}.${name}` }]),
  ) as Group;

export const isSetting = (some: Setting | Settings): some is Setting => typeof some.path === 'string';

/** All settings, however deep they are. */
export const settingsIn = (settings: Settings): readonly Setting[] =>
  Object.values(settings).flatMap((some) => (isSetting(some) ? [some] : settingsIn(some)));

/** How quadrille.yaml calls it: a secret by the file that holds it. */
export const keyOf = ({ path, secret }: Pick<Setting, 'path' | 'secret'>): string => (secret ? `${path}File` : path);
