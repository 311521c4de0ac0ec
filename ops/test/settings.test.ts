import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentOf, readOpsSettings } from '../settings.ts';

const urls = ['order', 'stock', 'coupon', 'pay', 'ops'].map((name) => `mysql://ops:secret@db:3306/eshop_${name}`);

describe('where everything is', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'quadrille-ops-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is said by the environment', () => {
    const settings = readOpsSettings({
      OPS_DATABASE_URLS: urls.join(','),
      KAFKA_BROKERS: 'a:1,b:2',
      STOCK_DATABASE_URL: 'mysql://stock:secret@db:3306/eshop_stock',
      PAYMENT_EXPIRY: '1h',
    });
    expect(settings).toMatchObject({
      brokers: ['a:1', 'b:2'],
      reading: { pay: urls[3] },
      ledger: urls[4],
      paymentExpiry: 3_600_000,
    });
    expect(Object.keys(settings.acting)).toEqual(['stock']);
  });

  it('is known of the stack of this folder, where the environment says nothing', () => {
    const stack = {
      ...{ pid: process.pid, brokers: ['127.0.0.1:9'], mysqlUrl: 'mysql://root:admin@127.0.0.1:7' },
      ...{ ports: {}, env: { PAYMENT_EXPIRY: '2m' }, pids: {}, serverPids: {} },
    };
    writeFileSync(join(dir, 'stack.json'), JSON.stringify(stack));
    const settings = readOpsSettings({ QUADRILLE_DIR: dir });
    expect(settings).toMatchObject({ brokers: ['127.0.0.1:9'], paymentExpiry: 120_000 });
    expect(settings.reading.order).toMatch(/^mysql:\/\/ops:[\w-]+@127\.0\.0\.1:7\/eshop_order$/);
    expect(settings.acting.order).toMatch(/^mysql:\/\/order:[\w-]+@127\.0\.0\.1:7\/eshop_order$/);
    expect(JSON.stringify(settings)).not.toContain('admin');
    expect(environmentOf({ QUADRILLE_DIR: dir }).CONSOLE_DATABASE_URL).toMatch(
      /^mysql:\/\/console:[\w-]+@127\.0\.0\.1:7\/eshop_console$/,
    );
  });

  it('is asked for in one line, which says what to do', () => {
    expect(() => readOpsSettings({ QUADRILLE_DIR: dir })).toThrow(/No stack runs on .*: start one with npm start/);
    expect(() => readOpsSettings({ OPS_DATABASE_URLS: urls.slice(1).join(','), KAFKA_BROKERS: 'a:1' })).toThrow(
      'OPS_DATABASE_URLS leaves out eshop_order',
    );
    expect(() => readOpsSettings({ OPS_DATABASE_URLS: 'no', KAFKA_BROKERS: 'a:1' })).toThrow(
      /OPS_DATABASE_URLS.*mysql:/,
    );
  });
});
