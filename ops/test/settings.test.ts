import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@quadrille/process/settings/read';
import { definitionOf, services } from '@quadrille/services';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readOpsSettings } from '../settings.ts';

const urls = [...services, 'ops'].map((name) => `mysql://ops:secret@db:3306/eshop_${name}`);

describe('where everything is', () => {
  it('is said by the environment', () => {
    const settings = readOpsSettings({
      OPS_DATABASE_URLS: urls.join(','),
      KAFKA_BROKERS: 'a:1,b:2',
      STOCK_DATABASE_URL: 'mysql://stock:secret@db:3306/eshop_stock',
      PAYMENT_EXPIRY: '1h',
    });
    expect(settings).toMatchObject({
      brokers: ['a:1', 'b:2'],
      reading: { pay: urls[services.indexOf('pay')] },
      auditLog: urls.at(-1),
      rules: { env: { PAYMENT_EXPIRY: '1h' } },
    });
    expect(settings.acting).toEqual({ stock: 'mysql://stock:secret@db:3306/eshop_stock' });
  });

  it('is said by quadrille.yaml, with what rules depend on', () => {
    const dir = mkdtempSync(join(tmpdir(), 'quadrille-ops-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, 'urls'), urls.join(','));
    const config = join(dir, 'quadrille.yaml');
    writeFileSync(
      config,
      `kafka: { brokers: [a:1] }
ops: { databaseUrlsFile: ${join(dir, 'urls')} }
services: { pay: { paymentExpiry: 1h } }`,
    );
    const { brokers, auditLog, rules } = readOpsSettings({ QUADRILLE_CONFIG: config });
    expect([brokers, auditLog]).toEqual([['a:1'], urls.at(-1)]);
    expect(readSettings({ expiry: definitionOf('pay').settings }, rules)).toEqual({
      expiry: { paymentExpiry: 3_600_000 },
    });
  });

  it('is asked for in one line, which says what to do', () => {
    expect(() => readOpsSettings({})).toThrow(
      /^No system to look at: start one with npm start, or set OPS_DATABASE_URLS/,
    );
    expect(() => readOpsSettings({ OPS_DATABASE_URLS: urls.slice(1).join(','), KAFKA_BROKERS: 'a:1' })).toThrow(
      'OPS_DATABASE_URLS leaves out eshop_order',
    );
    expect(() => readOpsSettings({ OPS_DATABASE_URLS: 'no', KAFKA_BROKERS: 'a:1' })).toThrow(
      /OPS_DATABASE_URLS.*mysql:/,
    );
  });
});
