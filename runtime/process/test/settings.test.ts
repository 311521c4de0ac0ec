import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { duration, list, mysqlUrl, port, readSettings, SettingsError } from '../settings.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quadrille-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (content: string): string => {
  const file = join(folder, 'secret');
  writeFileSync(file, content);
  return file;
};

/** What the error says of a setting of this shape. */
const complaint = (shape: z.ZodType, env: NodeJS.ProcessEnv): string => {
  try {
    readSettings({ NAME: shape }, env);
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
    expect(readSettings({ NAME: duration }, { NAME: text })).toEqual({ NAME: ms });
  });

  it.each([
    ['a', ['a']],
    ['a:1,b:2', ['a:1', 'b:2']],
    [' a , b ', ['a', 'b']],
  ])('a list: %j', (text, items) => {
    expect(readSettings({ NAME: list }, { NAME: text })).toEqual({ NAME: items });
  });

  it('take the default for a variable that is absent or empty', () => {
    const shape = { NAME: port.default(8080) };
    expect(readSettings(shape, {})).toEqual({ NAME: 8080 });
    expect(readSettings(shape, { NAME: '' })).toEqual({ NAME: 8080 });
    expect(readSettings(shape, { NAME: '0' })).toEqual({ NAME: 0 });
  });

  it('hold only what was asked for, and cannot be changed', () => {
    const settings = readSettings({ NAME: port }, { NAME: '1', OTHER: '2' });
    expect(settings).toEqual({ NAME: 1 });
    expect(Object.isFrozen(settings)).toBe(true);
  });
});

describe('NAME_FILE', () => {
  it('names a file that holds the value, whose last line break does not count', () => {
    expect(readSettings({ NAME: z.string() }, { NAME_FILE: fileWith('hunter2\n') })).toEqual({ NAME: 'hunter2' });
  });

  it('goes before NAME', () => {
    const env = { NAME: '2', NAME_FILE: fileWith('1') };
    expect(readSettings({ NAME: port }, env)).toEqual({ NAME: 1 });
  });

  it('must be readable', () => {
    expect(complaint(z.string(), { NAME_FILE: join(folder, 'absent') })).toContain('NAME_FILE cannot be read');
  });
});

describe('a wrong setting is named, and its value kept to ourselves', () => {
  const secret = 'hunter2';

  it.each<[what: string, shape: z.ZodType, value: string]>([
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
  ])('%s', (_what, shape, value) => {
    for (const env of [{ NAME: value }, { NAME_FILE: fileWith(value) }]) {
      const message = complaint(shape, env);
      expect(message).toMatch(/: NAME(\.\d+)?: /);
      expect(message).not.toContain(value);
      expect(message).not.toContain(secret);
    }
  });

  it.each([
    ['a port', port],
    ['a duration', duration],
    ['a list', list],
    ['a URL', mysqlUrl],
  ])('%s that is absent', (_what, shape) => {
    expect(complaint(shape, {})).toContain('NAME');
  });

  it('all of them at once', () => {
    const read = () => readSettings({ PORT: port, WAIT: duration, BROKERS: list }, { PORT: secret, WAIT: secret });
    expect(read).toThrow(/PORT: .*WAIT: .*BROKERS: /);
    expect(read).not.toThrow(secret);
  });
});
