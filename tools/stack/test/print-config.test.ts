import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfigFile } from '@quadrille/process/settings/file';
import { sourceOf } from '@quadrille/process/settings/source';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { printConfig } from '../print-config.ts';
import { envForProcesses, readStartSettings } from '../start-settings.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'quadrille-print-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const fileWith = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const sourceWith = (yaml: string, env: NodeJS.ProcessEnv = {}) =>
  sourceOf({ ...env, QUADRILLE_CONFIG: fileWith('quadrille.yaml', yaml) });

const secret = 'hunter2';

describe('npm start -- --print-config', () => {
  it('says where each value comes from, and is a quadrille.yaml itself', async () => {
    const printed = await printConfig(
      sourceWith(
        `kafka: { brokers: [a:1, b:2] }
gateway: { publicUrl: 'https://shop.example/#a: b' }
services: { pay: { paymentExpiry: 20m } }`,
        { LOG_LEVEL: 'warn', GATEWAY_PORT_FILE: fileWith('port', '9000\n') },
      ),
    );
    expect(parse(printed)).toMatchObject({
      kafka: { brokers: ['a:1', 'b:2'] },
      log: { level: 'warn' },
      gateway: { port: 9000, publicUrl: 'https://shop.example/#a: b' },
      console: { port: 36789 },
      services: { pay: { paymentExpiry: '20m' }, order: { deadline: '15m' } },
    });
    for (const line of [
      'brokers: [a:1, b:2]  # yaml',
      'level: warn  # env LOG_LEVEL',
      'port: 9000  # file GATEWAY_PORT_FILE',
      'paymentExpiry: 20m  # yaml',
      'deadline: 15m  # default',
    ])
      expect(printed).toContain(`  ${line}\n`);
    expect(readConfigFile(fileWith('again.yaml', printed)).problems).toEqual([]);
  });

  it('prints no secret, but the file that holds one', async () => {
    const url = `mysql://root:${secret}@db:3306`;
    const file = fileWith('url', url);
    const fromEnv = await printConfig(sourceWith('', { MYSQL_URL: url }));
    expect(fromEnv).toContain('  # mysqlUrlFile: redacted  # env MYSQL_URL\n');
    const fromFile = await printConfig(sourceWith('', { MYSQL_URL_FILE: file }));
    expect(fromFile).toContain(`  mysqlUrlFile: ${file}  # file MYSQL_URL_FILE\n`);
    const fromYaml = await printConfig(sourceWith(`setup: { mysqlUrlFile: ${file} }`));
    expect(fromYaml).toContain(`  mysqlUrlFile: ${file}  # yaml\n`);
    for (const printed of [fromEnv, fromFile, fromYaml]) expect(printed).not.toContain(secret);
  });

  it('says what npm start sets itself, and what it leaves out of the environment', async () => {
    const printed = await printConfig(
      sourceOf({ SYSTEM_TOKEN: secret, OUTBOX_RETENTION: '1d', QUADRILLE_CONFIG: '/dev/null' }),
    );
    expect(printed).toContain('  # tokenFile: npm start sets it\n');
    expect(printed).toContain('    # webhookUrl: npm start sets it\n');
    expect(printed).toContain('  # brokers: not set (KAFKA_BROKERS): npm start brings up a Kafka of its own\n');
    expect(printed).toContain('  outboxRetention: 7d  # default\n');
    expect(printed).not.toContain(secret);
  });

  it('names the file, or says that there is none', async () => {
    expect(await printConfig(sourceWith(''))).toContain(`quadrille.yaml is ${join(dir, 'quadrille.yaml')}.`);
    expect(await printConfig({ env: {} })).toContain('There is no quadrille.yaml.');
  });
});

describe('npm start', () => {
  it('reads where its servers are and its ports', () => {
    const yaml = `kafka: { brokers: kafka:9092, replication: 2 }\nconsole: { port: 9001 }`;
    expect(readStartSettings(sourceWith(yaml, { GATEWAY_PORT: '9000' }))).toEqual({
      brokers: ['kafka:9092'],
      replication: 2,
      mysqlUrl: undefined,
      gateway: 9000,
      console: 9001,
    });
  });

  it('refuses what is wrong for any process', () => {
    const wrong = sourceWith('console: { retention: long, colour: red }', { PAYMENT_EXPIRY: '5' });
    expect(() => readStartSettings(wrong)).toThrow(
      /console\.colour: unknown.*console\.retention: a duration.*PAYMENT_EXPIRY \(services\.pay\.paymentExpiry\): a duration/,
    );
  });

  it('passes on some variables of its shell, and the place of the file', () => {
    const source = sourceWith('', { LOG_LEVEL: 'warn', ORDER_DEADLINE: '', SYSTEM_TOKEN: secret });
    expect(envForProcesses(source)).toEqual({ LOG_LEVEL: 'warn', QUADRILLE_CONFIG: join(dir, 'quadrille.yaml') });
    expect(envForProcesses({ env: {} })).toEqual({ QUADRILLE_CONFIG: '/dev/null' });
  });
});
