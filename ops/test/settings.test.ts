import { services } from '@quadrille/services';
import { describe, expect, it } from 'vitest';
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
      rules: { PAYMENT_EXPIRY: '1h' },
    });
    expect(Object.keys(settings.acting)).toEqual(['stock']);
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
