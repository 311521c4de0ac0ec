import { declaredByServices } from '@quadrille/process/generated/service-settings';
import { knownSettings } from '@quadrille/process/settings/known';
import { keyOf } from '@quadrille/process/settings/setting';
import { definitions, services } from '@quadrille/services';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { allSettings } from '../all-settings.ts';
import { settingsSchema, settingsTable } from '../generated-settings.ts';
import { readers } from '../readers.ts';

describe('the tree of settings', () => {
  it('has each key once, with a sentence, and a default that may be its value', () => {
    const keys = allSettings.map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { path, says, type, standard, standardInDevelopment } of allSettings) {
      expect(path).toMatch(/^[a-z][A-Za-z]*(\.[a-z][\w-]*)+$/);
      expect(says).toMatch(/[.)]$/);
      for (const text of [standard, standardInDevelopment])
        if (text !== undefined) expect(type.safeParse(text).success, `${path}: ${text}`).toBe(true);
    }
  });

  it('is known as a whole to every process', () => {
    expect(knownSettings().map(keyOf).toSorted()).toEqual(allSettings.map(keyOf).toSorted());
    expect(Object.keys(declaredByServices)).toEqual(services);
  });

  it('has what a service declares under the name of the service', () => {
    for (const { name, settings, processSettings } of definitions)
      for (const { path } of Object.values({ ...settings, ...processSettings }))
        expect(path).toMatch(new RegExp(`^services\\.${name}\\.\\w+$`));
  });

  it('has all that a process reads, each key and each variable once', () => {
    const known = new Set(allSettings.map(keyOf));
    for (const [reader, settings] of Object.entries(readers)) {
      for (const setting of settings) expect(known).toContain(keyOf(setting));
      const unique = (names: readonly string[]) =>
        expect([reader, names.length]).toEqual([reader, new Set(names).size]);
      unique(settings.map(keyOf));
      unique(settings.map(({ env }) => env));
    }
  });

  it('has no setting that nobody reads', () => {
    const read = new Set(Object.values(readers).flat().map(keyOf));
    // Nobody calls a service that has no API.
    const withoutApi = definitions.filter(({ api }) => !api).map(({ name }) => `services.${name}.url`);
    expect(allSettings.map(keyOf).filter((key) => !read.has(key))).toEqual(withoutApi);
  });
});

describe('docs/settings.md', () => {
  it('says who reads a setting, by which variable, and whether it is needed', () => {
    const table = settingsTable();
    for (const row of [
      '| `gateway.port` | `GATEWAY_PORT` | gateway | `8080` | The port of the gateway. |',
      '| `log.level` | `LOG_LEVEL` | every process | `info` |',
      '| `services.<service>.databaseUrlFile` | `DATABASE_URL` | every service | needed |',
      '| `services.<service>.databaseUrlFile` | `<SERVICE>_DATABASE_URL` | setup | needed |',
      '| `services.<service>.databaseUrlFile` | `<SERVICE>_DATABASE_URL` | console, ops | none |',
      '| `http.host` | `HTTP_HOST` | every service, relay, gateway, console | `0.0.0.0`; `127.0.0.1` if `NODE_ENV` is `development` |',
      '| `services.pay.paymentExpiry` | `PAYMENT_EXPIRY` | pay, console, ops | `30m` |',
    ])
      expect(table).toContain(row);
  });
});

describe('docs/quadrille.schema.json', () => {
  const schema = JSON.parse(settingsSchema());
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

  it.each([
    [{}],
    [{ gateway: null }],
    [{ gateway: { port: 9000 }, kafka: { brokers: ['a:1'] } }],
    [{ kafka: { brokers: 'a:1,b:2', replication: 3 } }],
    [{ services: { pay: { paymentExpiry: '20m', provider: 'test', webhookSecretsFile: '/run/secrets/webhook' } } }],
  ])('allows %j', (config) => {
    expect(validate(config)).toBe(true);
  });

  it.each([
    [{ gateway: { prot: 9000 } }],
    [{ gateway: { port: 'http' } }],
    [{ gateway: { port: 65536 } }],
    [{ log: { level: 'loud' } }],
    [{ system: { token: 'hunter2' } }],
    [{ services: { nosuchservice: {} } }],
    [{ services: { pay: { provider: 'other' } } }],
    [[]],
  ])('refuses %j', (config) => {
    expect(validate(config)).toBe(false);
  });

  it('explains each setting, and names its default', () => {
    const { port, metricsPort } = schema.properties.gateway.properties;
    expect(port).toMatchObject({ type: 'integer', default: 8080, description: 'The port of the gateway.' });
    expect(metricsPort.description).toContain('metrics port');
    expect(schema.properties.services.properties.order.properties.deadline).toMatchObject({ default: '15m' });
  });
});
