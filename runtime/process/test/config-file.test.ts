import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfigFile } from '../settings/file.ts';
import { sourceOf } from '../settings/source.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quadrille-config-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const place = (name = 'quadrille.yaml') => join(folder, name);
const written = (text: string): string => {
  writeFileSync(place(), text);
  return place();
};
const problemsIn = (text: string) => readConfigFile(written(text)).problems;

describe('quadrille.yaml', () => {
  it('is read by its keys', () => {
    const text = `
kafka:
  brokers: [a:9092, b:9092]
gateway: { port: 9000 }
services:
  pay: { paymentExpiry: 20m, webhookSecretsFile: /run/secrets/webhook }`;
    const { values, problems } = readConfigFile(written(text));
    expect(problems).toEqual([]);
    expect(Object.fromEntries(values)).toEqual({
      'kafka.brokers': ['a:9092', 'b:9092'],
      'gateway.port': '9000',
      'services.pay.paymentExpiry': '20m',
      'services.pay.webhookSecretsFile': '/run/secrets/webhook',
    });
  });

  it.each(['', '# only a comment\n', 'kafka:\ngateway:\n  port:\n'])('may hold nothing: %j', (text) => {
    const { values, problems } = readConfigFile(written(text));
    expect([...values, ...problems]).toEqual([]);
  });

  it.each([
    ['gateway: { prot: 1 }', /^gateway\.prot: unknown; allowed are port, metricsPort, url, publicUrl, /],
    ['services: { nosuchservice: { port: 1 } }', /^services\.nosuchservice: unknown; allowed are order, stock, /],
    [
      'services: { stock: { deadline: 1m } }',
      'services.stock.deadline: unknown; allowed are url, databaseUrlFile, port',
    ],
    ['GATEWAY_PORT: 1', /^GATEWAY_PORT: unknown; allowed are kafka, http, calls, log, /],
    ['gateway: { portFile: /x }', /^gateway\.portFile: unknown/],
    ['gateway: 8080', /^gateway: holds port, /],
    ['gateway: [8080]', /^gateway: holds port, /],
    ['[gateway]', /^the file: holds kafka, /],
    ['gateway', /^the file: holds kafka, /],
    ['gateway: { port: { number: 1 } }', 'gateway.port: a value or a list of values, and nothing below them'],
    ['kafka: { brokers: [a, [b]] }', 'kafka.brokers: a value or a list of values, and nothing below them'],
    ['__proto__: { port: 1 }', /^__proto__: unknown/],
  ])('has no other keys and shapes: %s', (text, problem) => {
    expect(problemsIn(text)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  it('holds no secret, and says where it goes instead', () => {
    expect(problemsIn('system: { token: hunter2 }')).toEqual([
      'system.token: a secret is not written here: say tokenFile: /run/secrets/... with a file that holds it, or set its variable or NAME_FILE in the environment',
    ]);
    expect(problemsIn('services: { pay: { webhookSecrets: hunter2 } }')).toEqual([
      expect.stringMatching(/^services\.pay\.webhookSecrets: a secret .* webhookSecretsFile: /),
    ]);
  });

  it('names everything that is wrong at once', () => {
    expect(problemsIn('a: 1\nb: 2\ngateway: { c: 3 }')).toHaveLength(3);
  });

  it.each([
    ['gateway:\n  port: 1\n  port: 2\n', /line 3, column 3: Map keys must be unique/],
    ['gateway: {port: 1\n', /line 2, column 1: /],
    ['gateway:\n\tport: 1\n', /line 2, column 1: Tabs are not allowed/],
    ['a: 1\n---\nb: 2\n', /line 2, column 1: Source contains multiple documents/],
    ['gateway: *nothing\n', /Unresolved alias/],
  ])('is YAML, or the place of the mistake is named: %j', (text, message) => {
    expect(() => readConfigFile(written(text))).toThrow(message);
    expect(() => readConfigFile(place())).toThrow(`wrong settings: ${place()} is no YAML: `);
  });
});

describe('the file', () => {
  it('is the one that QUADRILLE_CONFIG names', () => {
    const { file } = sourceOf({ QUADRILLE_CONFIG: written('gateway: { port: 1 }') });
    expect(file?.values.get('gateway.port')).toBe('1');
    expect(sourceOf({ QUADRILLE_CONFIG: '/dev/null' }).file?.values.size).toBe(0);
  });

  it('must be there if QUADRILLE_CONFIG names it', () => {
    expect(() => sourceOf({ QUADRILLE_CONFIG: place('absent.yaml') })).toThrow(
      `wrong settings: ${place('absent.yaml')} cannot be read: QUADRILLE_CONFIG names a file that is there, or nothing`,
    );
  });

  it('is else quadrille.yaml in the working directory, or none', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    expect(sourceOf({}).file).toBeUndefined();
    written('gateway: { port: 2 }');
    expect(sourceOf({}).file).toMatchObject({ place: place() });
    expect(sourceOf({ QUADRILLE_CONFIG: '' }).file?.values.get('gateway.port')).toBe('2');
  });
});
