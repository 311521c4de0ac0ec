import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { SettingsError } from '../settings/error.ts';
import { readConfigFile } from '../settings/file.ts';
import { readSettings } from '../settings/read.ts';
import { asVariable, group, optional, setting, settingsIn } from '../settings/setting.ts';
import { find, type Source } from '../settings/source.ts';
import { duration, list, mysqlUrl, port } from '../settings/types.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quadrille-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (content: string, name = 'secret'): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

const says = 'Something.';
const of = <Value>(type: z.ZodType<Value>, standard?: string) =>
  group('some', { name: setting({ env: 'NAME', type, says, ...(standard !== undefined && { standard }) }) }).name;
const hidden = group('some', { key: setting({ env: 'KEY', type: z.string(), says, secret: true }) }).key;

/** A source whose quadrille.yaml says this of `some.name` and `some.keyFile`. */
const sourceWith = (yaml: string, env: NodeJS.ProcessEnv = {}): Source => ({
  env,
  file: readConfigFile(fileWith(yaml, 'quadrille.yaml'), [
    { path: 'some.name', secret: false },
    { path: 'some.key', secret: true },
  ]),
});

const complaint = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).message;
  }
  return 'none';
};

describe('settings', () => {
  it.each([
    ['500ms', 500],
    ['0s', 0],
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('a duration: %s', (text, ms) => {
    expect(readSettings({ value: of(duration) }, { env: { NAME: text } })).toEqual({ value: ms });
  });

  it.each([
    ['a', ['a']],
    ['a:1,b:2', ['a:1', 'b:2']],
    [' a , b ', ['a', 'b']],
  ])('a list: %j', (text, items) => {
    expect(readSettings({ value: of(list) }, { env: { NAME: text } })).toEqual({ value: items });
  });

  it('take the default for a variable that is absent or empty', () => {
    const value = of(port, '8080');
    expect(readSettings({ value }, { env: {} })).toEqual({ value: 8080 });
    expect(readSettings({ value }, { env: { NAME: '' } })).toEqual({ value: 8080 });
    expect(readSettings({ value }, { env: { NAME: '0' } })).toEqual({ value: 0 });
  });

  it('may have another default where NODE_ENV is development', () => {
    const host = setting({ env: 'HOST', type: z.string(), standard: 'all', standardInDevelopment: 'here', says });
    expect(readSettings({ host }, { env: {} })).toEqual({ host: 'all' });
    expect(readSettings({ host }, { env: { NODE_ENV: 'development' } })).toEqual({ host: 'here' });
  });

  it('may be left out', () => {
    expect(readSettings({ value: optional(of(port)) }, { env: {} })).toEqual({ value: undefined });
    expect(complaint(() => readSettings({ value: optional(of(port)) }, { env: { NAME: 'x' } }))).toContain('NAME');
  });

  it('may have another name in the environment of one process', () => {
    const value = asVariable('SHORT', of(port));
    expect(readSettings({ value }, { env: { SHORT: '1', NAME: '2' } })).toEqual({ value: 1 });
    expect(value.path).toBe('some.name');
  });

  it('keep their types, at any depth, and cannot be changed', () => {
    const wanted = {
      value: of(port),
      below: { items: optional(of(list)), wait: asVariable('WAIT', of(duration, '1s')) },
    };
    const settings = readSettings(wanted, { env: { NAME: '1' } });
    expectTypeOf(settings.value).toEqualTypeOf<number>();
    expectTypeOf(settings.below.items).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(settings.below.wait).toEqualTypeOf<number>();
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.below)).toBe(true);
    expect(settingsIn(wanted)).toHaveLength(3);
  });
});

describe('where a value comes from', () => {
  const value = of(z.string(), 'default');
  const foundIn = (yaml: string, env: NodeJS.ProcessEnv = {}) => {
    const { from, raw } = find(value, sourceWith(yaml, env));
    return [from, raw];
  };

  it('the environment goes before NAME_FILE, that before quadrille.yaml, that before the default', () => {
    const yaml = 'some: { name: written }';
    const NAME_FILE = fileWith('in a file\n');
    expect(foundIn(yaml, { NAME: 'given', NAME_FILE })).toEqual(['env', 'given']);
    expect(foundIn(yaml, { NAME_FILE })).toEqual(['file', 'in a file']);
    expect(foundIn(yaml)).toEqual(['yaml', 'written']);
    expect(foundIn('')).toEqual(['default', 'default']);
    expect(find(of(port), sourceWith('')).from).toBe('nothing');
  });

  it('an empty value counts as none everywhere', () => {
    expect(foundIn('some: { name: written }', { NAME: '', NAME_FILE: '' })).toEqual(['yaml', 'written']);
    for (const yaml of ['some: { name: }', "some: { name: '' }", 'some:', '# nothing'])
      expect(foundIn(yaml)[0]).toBe('default');
  });

  it.each([
    ['some: { name: 8080 }', port, 8080],
    ['some: { name: "8080" }', port, 8080],
    ['some: { name: 15m }', duration, 900_000],
    ['some: { name: [a:1, b:2] }', list, ['a:1', 'b:2']],
    ['some: { name: "a:1, b:2" }', list, ['a:1', 'b:2']],
    ['some: { name: [1, 2] }', list, ['1', '2']],
    ['some: { name: true }', z.string(), 'true'],
  ])('quadrille.yaml: %s', (yaml, type, expected) => {
    expect(readSettings({ value: of<unknown>(type) }, sourceWith(yaml))).toEqual({ value: expected });
  });

  it('a secret comes from the file that quadrille.yaml names', () => {
    const file = fileWith('hunter2\n');
    expect(readSettings({ hidden }, sourceWith(`some: { keyFile: ${file} }`))).toEqual({ hidden: 'hunter2' });
    expect(readSettings({ hidden }, sourceWith(`some: { keyFile: ${file} }`, { KEY: 'mine' }))).toEqual({
      hidden: 'mine',
    });
  });

  it('a file that is named must be readable', () => {
    const absent = join(folder, 'absent');
    const read = (source: Source) => complaint(() => readSettings({ hidden }, source));
    expect(read({ env: { KEY_FILE: absent } })).toContain('KEY_FILE (some.key): the file cannot be read');
    expect(read(sourceWith(`some: { keyFile: ${absent} }`))).toContain('some.keyFile: the file cannot be read');
  });
});

describe('a wrong setting is named, and its value kept to ourselves', () => {
  const secret = 'hunter2';

  it.each<[what: string, type: z.ZodType, value: string]>([
    ['a port', port, secret],
    ['a port out of range', port, '65536'],
    ['a port with a fraction', port, '80.25'],
    ['a duration', duration, secret],
    ['a duration without a unit', duration, '98765'],
    ['a duration of many units', duration, '1h30m'],
    ['a negative duration', duration, '-77s'],
    ['a list with a hole', list, `${secret},,x`],
    ['a list of nothing', list, ` , `],
    ['a URL', mysqlUrl, secret],
    ['a URL of something else', mysqlUrl, `postgres://user:${secret}@host/database`],
    ['a choice', z.enum(['debug', 'info']), secret],
    ['a pattern', z.string().regex(/^x$/), secret],
    ['a number', z.coerce.number(), secret],
  ])('%s', (_what, type, value) => {
    for (const [source, called] of [
      [{ env: { NAME: value } }, 'NAME (some.name)'],
      [{ env: { NAME_FILE: fileWith(value) } }, 'NAME_FILE (some.name)'],
      [sourceWith(`some: { name: ${JSON.stringify(value)} }`), 'some.name'],
    ] as const) {
      const message = complaint(() => readSettings({ value: of(type) }, source));
      expect(message).toContain(`: ${called}`);
      expect(message).not.toContain(value);
      expect(message).not.toContain(secret);
    }
  });

  it.each([
    ['a port', port],
    ['a duration', duration],
    ['a list', list],
    ['a URL', mysqlUrl],
  ])('%s that is absent is named by its variable and its key', (_what, type) => {
    expect(complaint(() => readSettings({ value: of<unknown>(type) }, { env: {} }))).toMatch(
      /^wrong settings in the environment: NAME \(some\.name in quadrille\.yaml\): a /,
    );
  });

  it('all of them at once, with what cannot stand in quadrille.yaml', () => {
    const wait = asVariable('WAIT', of(duration));
    const wanted = { value: of(port), wait, hidden };
    const source = sourceWith('some: { name: wrong, key: hunter2, nmae: 1 }\nother: 1', { WAIT: secret });
    const message = complaint(() => readSettings(wanted, source));
    expect(message).toMatch(/^wrong settings in the environment and \/.*quadrille\.yaml: /);
    for (const each of [
      'some.key: a secret is not written here',
      'some.nmae: unknown; allowed are name, keyFile',
      'other: unknown; allowed are some',
      'some.name: a port number',
      'WAIT (some.name): a duration such as',
      'KEY (some.keyFile in quadrille.yaml): ',
    ])
      expect(message).toContain(each);
    expect(message).not.toContain(secret);
  });
});
